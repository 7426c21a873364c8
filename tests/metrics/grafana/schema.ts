// Of @grafana/schema what the dashboard uses; ts-json-schema-generator makes a JSON Schema of it.
import { Dashboard, Panel } from './node_modules/@grafana/schema/dist/esm/raw/dashboard/x/dashboard_types.gen';
import { Options as Stat } from './node_modules/@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import { Options as Timeline, FieldConfig as TimelineField } from './node_modules/@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import { Options as Series, FieldConfig as SeriesField } from './node_modules/@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import { Options as Table } from './node_modules/@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';

export interface All {
	dashboard: Dashboard;
	panel: Panel;
	stat: Partial<Stat>;
	'state-timeline': Partial<Timeline>;
	'state-timeline field': Partial<TimelineField>;
	timeseries: Partial<Series>;
	'timeseries field': Partial<SeriesField>;
	table: Partial<Table>;
}
