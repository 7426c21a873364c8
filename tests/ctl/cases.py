"""All cases, by name: functions that take a Ctl, fail by an exception and return why they cannot be run, if so."""

import cases_conf
import cases_connection
import cases_expected
import cases_files
import cases_record
import cases_screen
import cases_usage
import cases_wait


def every():
    for module in (cases_usage, cases_conf, cases_connection, cases_files, cases_record, cases_screen, cases_expected, cases_wait):
        for name, case in vars(module).items():
            if name.startswith("test_"):
                yield name[5:].replace("_", "-"), case
