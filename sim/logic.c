/* SPDX-License-Identifier: Apache-2.0 */
/* Logic functions, their triggers and runs. */
#include "families.h"
#include "people.h"
#include "script.h"
#include "store.h"

#include <string.h>

static json_t *
now_us(void)
{
	g_autofree char *text = sim_time_text_us(g_get_real_time());

	return json_string(text);
}

static json_t *
rows_of(SimRequest *request)
{
	return sim_rows(request->sim, "logic", request->scope);
}

static json_t *
function_of(SimRequest *request)
{
	return sim_request_row(request, rows_of(request), "id", "id", "Logic function");
}

static json_t *
public_row(const json_t *row, gboolean stats)
{
	json_t *copy = sim_row_without(row, "runs");

	if (stats)
		json_object_set_new(copy, "today_stats",
				    json_pack("{s:i, s:i, s:i}", "success",
					      (int)json_array_size(json_object_get(row, "runs")),
					      "failure", 0, "timeout", 0));
	return copy;
}

static void
list_functions(SimRequest *request)
{
	gboolean stats = g_strcmp0(sim_request_query(request, "today_stats"), "true") == 0;
	json_t *list = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(rows_of(request), i, row)
	    json_array_append_new(list, public_row(row, stats));
	sim_reply(request, 200, json_pack("{s:o}", "logic_functions", list));
}

/* Returns: FALSE, answered, when one of the triggers is none */
static gboolean
triggers_ok(SimRequest *request, json_t *triggers)
{
	json_t *trigger;
	size_t i;

	json_array_foreach(triggers, i, trigger)
	{
		const char *type = sim_row_text(trigger, "type");

		if (g_strcmp0(type, "Scheduled") == 0 && sim_row_text(trigger, "cron"))
			continue;
		if (g_strcmp0(type, "Event") == 0 && sim_row_text(trigger, "event"))
			continue;
		if (g_strcmp0(type, "Ledger") == 0)
			continue;
		sim_fail(request, 400, "logic_triggers[%d]: type, and cron or event", (int)i);
		return FALSE;
	}
	return TRUE;
}

static void
set_triggers(Sim *sim, json_t *row, json_t *triggers)
{
	json_t *list = json_array();
	json_t *trigger;
	size_t i;

	json_array_foreach(triggers, i, trigger)
	{
		json_t *copy = json_deep_copy(trigger);
		g_autofree char *id = sim_random_uuid(sim);

		if (!sim_row_text(copy, "id"))
			sim_row_set_text(copy, "id", id);
		json_object_set(copy, "logic_function_id", json_object_get(row, "id"));
		json_object_set(copy, "version", json_object_get(row, "version"));
		if (!json_object_get(copy, "enabled"))
			json_object_set_new(copy, "enabled", json_true());
		json_array_append_new(list, copy);
	}
	json_object_set_new(row, "logic_triggers", list);
}

static gboolean
source_ok(SimRequest *request, const json_t *source)
{
	const char *code = sim_row_text(source, "code");

	if (g_strcmp0(sim_row_text(source, "type"), "JavaScript") != 0 || !code)
		return sim_fail(request, 400, "source: type JavaScript and code are required"),
		       FALSE;
	if (*code && !sim_script_is_valid(code))
		return sim_fail(request, 400, "source: SyntaxError: Unexpected end of input"),
		       FALSE;
	return TRUE;
}

static void
create_function(SimRequest *request)
{
	json_t *wanted = sim_request_field(request, "logic_function");
	const char *name = sim_row_text(wanted, "name");
	json_t *source = json_object_get(wanted, "source");
	json_t *triggers = json_object_get(wanted, "logic_triggers");
	const char *description = sim_row_text(wanted, "description");
	g_autofree char *id = NULL;
	json_t *row;

	if (!name || !*name) {
		sim_fail(request, 400, "logic_function: name and source are required");
		return;
	}
	if (!source_ok(request, source) || !triggers_ok(request, triggers))
		return;
	id = sim_random_uuid(request->sim);
	row = json_pack("{s:s, s:s, s:i, s:b, s:s, s:s, s:s?, s:O, s:o, s:o, s:s, s:s, s:[]}", "id",
			id, "owner_id", request->scope, "version", 1, "enabled",
			!json_is_false(json_object_get(wanted, "enabled")), "name", name,
			"description", description ? description : "", "template_slug",
			sim_row_text(wanted, "template_slug"), "source", source, "created_at",
			now_us(), "updated_at", now_us(), "created_by", request->scope,
			"updated_by", request->scope, "runs");
	set_triggers(request->sim, row, triggers);
	sim_row_add(rows_of(request), row);
	sim_reply(request, 201, json_pack("{s:o}", "logic_function", public_row(row, FALSE)));
}

static void
get_function(SimRequest *request)
{
	json_t *row = function_of(request);

	if (row)
		sim_reply(request, 200,
			  json_pack("{s:o}", "logic_function", public_row(row, FALSE)));
}

static void
update_function(SimRequest *request)
{
	static const char *const keys[] = { "name", "description", "enabled", "template_slug",
					    "source" };
	json_t *row = function_of(request);
	json_t *wanted = sim_request_field(request, "logic_function");
	json_t *triggers = json_object_get(wanted, "logic_triggers");
	json_t *source = json_object_get(wanted, "source");
	json_t *version;

	if (!row)
		return;
	if (!json_is_object(wanted)) {
		sim_fail(request, 400, "logic_function is required");
		return;
	}
	if ((source && !source_ok(request, source)) || !triggers_ok(request, triggers))
		return;
	for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
		if (json_object_get(wanted, keys[i]))
			json_object_set(row, keys[i], json_object_get(wanted, keys[i]));
	version = json_object_get(row, "version");
	json_object_set_new(row, "version", json_integer(json_integer_value(version) + 1));
	json_object_set_new(row, "updated_at", now_us());
	if (triggers)
		set_triggers(request->sim, row, triggers);
	sim_reply(request, 201, json_pack("{s:o}", "logic_function", public_row(row, FALSE)));
}

static void
delete_function(SimRequest *request)
{
	sim_reply_removed(request, rows_of(request), function_of(request));
}

static void
execute(SimRequest *request)
{
	json_t *source = sim_request_field(request, "source");
	const char *code = sim_row_text(source, "code");

	if (g_strcmp0(sim_row_text(source, "type"), "JavaScript") != 0 || !code)
		sim_fail(request, 400, "source: type JavaScript and code are required");
	else
		sim_reply(request, 200,
			  json_pack("{s:o}", "result", sim_script_run(request, code)));
}

static void
list_runs(SimRequest *request)
{
	json_t *row = function_of(request);
	json_t *list;
	json_t *run;
	size_t i;

	if (!row)
		return;
	list = json_array();
	json_array_foreach(json_object_get(row, "runs"), i, run)
	    json_array_append_new(list, sim_row_without(run, "logs"));
	sim_reply(request, 200, json_pack("{s:o}", "logic_runs", list));
}

static json_t *
run_of(SimRequest *request)
{
	return sim_request_row(request, json_object_get(function_of(request), "runs"), "id", "run",
			       "Logic run");
}

static void
get_run(SimRequest *request)
{
	json_t *run = run_of(request);

	if (run)
		sim_reply(request, 200,
			  json_pack("{s:o}", "logic_run", sim_row_without(run, "logs")));
}

static void
get_logs(SimRequest *request)
{
	json_t *run = run_of(request);
	json_t *logs = json_object_get(run, "logs");

	if (run)
		sim_reply(
		    request, 200,
		    json_pack("{s:{s:O}, s:O}", "logic_run_logs", "logs", logs, "logs", logs));
}

static void
get_stats(SimRequest *request)
{
	json_t *row = function_of(request);
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *date = g_date_time_format(now, "%Y%m%d");

	if (row)
		sim_reply(request, 200,
			  json_pack("{s:[{s:s, s:i, s:i, s:i}]}", "logic_function_stats", "date",
				    date, "success",
				    (int)json_array_size(json_object_get(row, "runs")), "failure",
				    0, "timeout", 0));
}

/* One function that has run, in the sandbox and in the organization. */
static void
seed_scope(Sim *sim, const char *scope)
{
	g_autofree char *id = sim_random_uuid(sim);
	g_autofree char *trigger = sim_random_uuid(sim);
	json_t *runs = json_array();
	json_t *row;

	for (int i = 1; i <= 3; i++) {
		g_autofree char *run = sim_random_uuid(sim);
		gint64 at = sim->started_us - i * 3600 * (gint64)G_USEC_PER_SEC;
		g_autofree char *started = sim_time_text_us(at);
		g_autofree char *finished = sim_time_text_us(at + 150000);
		g_autofree char *logged = sim_time_text(at);
		g_autofree char *file = g_strdup_printf("%s/function-%s/%s.json", scope, id, run);

		json_array_append_new(
		    runs,
		    json_pack(
			"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s, s:[s,f]}]}",
			"id", run, "owner_id", scope, "logic_function_id", id, "logic_trigger_type",
			"Scheduled", "logic_trigger_id", trigger, "status", "Success", "started_at",
			started, "finished_at", finished, "log_filename", file, "logs", "level",
			"Info", "timestamp", logged, "args", "temp", 21.5));
	}
	row = json_pack(
	    "{s:s, s:s, s:i, s:b, s:s, s:s, s:n, s:{s:s, s:s}, s:o, s:o, s:s, s:s, s:o}", "id", id,
	    "owner_id", scope, "version", 2, "enabled", 1, "name", "Alarm", "description",
	    "Says when it is too warm", "template_slug", "source", "type", "JavaScript", "code",
	    "export default function job() {\n  console.log('temp');\n}\n", "created_at", now_us(),
	    "updated_at", now_us(), "created_by", scope, "updated_by", scope, "runs", runs);
	json_object_set_new(row, "logic_triggers",
			    json_pack("[{s:s, s:s, s:s, s:b, s:i, s:s}]", "id", trigger, "type",
				      "Scheduled", "logic_function_id", id, "enabled", 1, "version",
				      2, "cron", "0 * * * *"));
	sim_row_add(sim_rows(sim, "logic", scope), row);
}

void
sim_logic_seed(Sim *sim)
{
	SimUser *ada = g_ptr_array_index(sim->users, 0);
	SimOrg *org = g_ptr_array_index(sim->orgs, 0);
	g_autofree char *own = sim_user_scope(ada);
	g_autofree char *shared = sim_org_scope(org);

	seed_scope(sim, own);
	seed_scope(sim, shared);
}

#define ALL (SIM_OWN | SIM_ORG | SIM_PRODUCT)
#define F "/logic/functions/:id"

/* clang-format off */
const SimRoute sim_logic_routes[] = {
	{ "POST",   ALL, "/logic/execute",   execute,         "logic.functions:execute" },
	{ "GET",    ALL, "/logic/functions", list_functions,  "logic.functions:list" },
	{ "POST",   ALL, "/logic/functions", create_function, "logic.functions:create" },
	{ "GET",    ALL, F,                  get_function,    "logic.functions:get" },
	{ "PUT",    ALL, F,                  update_function, "logic.functions:update" },
	{ "DELETE", ALL, F,                  delete_function, "logic.functions:remove" },
	{ "GET",    ALL, F "/runs",          list_runs,       "logic.runs:list" },
	{ "GET",    ALL, F "/runs/:run",     get_run,         "logic.runs:get" },
	{ "GET",    ALL, F "/runs/:run/logs", get_logs,       "logic.logs:list" },
	{ "GET",    ALL, F "/stats",         get_stats,       "logic.stats:list" },
	{ NULL },
};
/* clang-format on */
