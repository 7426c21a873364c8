/*
 * The keys of failover: name, what they may be, default. Made by tests/keys.rs from the table of settings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
static const struct {
	const char *name, *values, *otherwise;
} failover_keys[] = {
	{"connect_timeout_ms", "milliseconds, 0 or 100 to 2592000000", "15000"},
	{"init_timeout_ms", "milliseconds, 0 or 1000 to 2592000000", "4000"},
	{"liveness_interval_ms", "milliseconds, 0 or 100 to 2592000000", "10000"},
	{"liveness_misses", "1 to 100", "not set"},
	{"suspect_ms", "milliseconds, 0 or 200 to 2592000000", "1000"},
	{"probe_ms", "milliseconds, 50 to 2592000000", "250"},
	{"probe_misses", "1 to 100", "8"},
	{"data_suspect_ms", "milliseconds, 0 or 1000 to 2592000000", "30000"},
	{"data_action", "report, move", "report"},
	{"backoff_initial_ms", "milliseconds, 100 to 2592000000", "1000"},
	{"backoff_base", "1 to 10", "2"},
	{"backoff_limit_ms", "milliseconds, 100 to 2592000000", "60000"},
	{"jitter_pct", "0 to 100", "50"},
	{"spread_ms", "milliseconds, 0 to 2592000000", "0"},
	{"max_rounds", "0 to 1000000", "0"},
	{"stable_ms", "milliseconds, 0 to 2592000000", "10000"},
	{"auth_penalty_ms", "milliseconds, 0 to 2592000000", "300000"},
	{"on_refusal", "next, stay", "next"},
	{"redirect", "off, listed, any", "listed"},
	{"exhausted_retry_ms", "milliseconds, 0 or 100 to 2592000000", "3600000"},
	{"failback", "off, hold_down", "off"},
	{"hold_down_ms", "milliseconds, 100 to 2592000000", "300000"},
	{"hold_down_limit_ms", "milliseconds, 100 to 2592000000", "3600000"},
	{"failback_window", "list", "always"},
	{"standby", "off, ike", "off"},
	{"order", "list, rtt, hash", "list"},
	{"preferences", "numbers from 1 to 255", "not set"},
	{"weights", "numbers from 1 to 255", "not set"},
	{"probe targets", "list", "none"},
	{"probe interval_ms", "milliseconds, 500 to 2592000000", "5000"},
	{"probe misses", "1 to 100", "4"},
	{"probe recover", "1 to 100", "2"},
	{"probe action", "report, rekey, move", "report"},
};
