/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"
#include "faults.h"
#include "server.h"

#include <errno.h>
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static SimOptions options = {
	.devices = 12,
	.products = 2,
	.product_devices = 30,
	.seed = 1,
	.keepalive_ms = 9000,
	.device_timeout_ms = 0,
	.flash_ms = 300,
};
static gboolean show_version;
static gboolean offer_http2;

/* clang-format off */
static const GOptionEntry entries[] = {
	{ "listen", 0, 0, G_OPTION_ARG_STRING, &options.listen, "Where to listen (127.0.0.1:0; port 0: any)", "HOST:PORT" },
	{ "port-file", 0, 0, G_OPTION_ARG_FILENAME, &options.port_file, "Write the port there once it listens", "FILE" },
	{ "tls-cert", 0, 0, G_OPTION_ARG_FILENAME, &options.tls_cert, "Serve HTTPS with this certificate (PEM)", "FILE" },
	{ "tls-key", 0, 0, G_OPTION_ARG_FILENAME, &options.tls_key, "Its key, if not in the same file", "FILE" },
	{ "http2", 0, 0, G_OPTION_ARG_NONE, &offer_http2, "Offer HTTP/2 over TLS (then without event streams)", NULL },
	{ "devices", 0, 0, G_OPTION_ARG_INT, &options.devices, "Devices of the user (12; never under 6)", "N" },
	{ "products", 0, 0, G_OPTION_ARG_INT, &options.products, "Products (2)", "N" },
	{ "product-devices", 0, 0, G_OPTION_ARG_INT, &options.product_devices, "Devices in each product (30)", "N" },
	{ "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed, "What the fleet and its values are made from (1)", "N" },
	{ "token", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.tokens, "An access token of " SIM_USER "; may repeat", "TOKEN" },
	{ "event-rate", 0, 0, G_OPTION_ARG_DOUBLE, &options.event_rate, "Events that devices publish per second in all (0)", "R" },
	{ "churn", 0, 0, G_OPTION_ARG_DOUBLE, &options.churn, "Devices that go offline or online per second (0)", "R" },
	{ "latency", 0, 0, G_OPTION_ARG_INT, &options.latency_ms, "Delay of every answer (0)", "MS" },
	{ "device-timeout", 0, 0, G_OPTION_ARG_INT, &options.device_timeout_ms, "How long to wait for a device that is offline (0; the cloud: 30000)", "MS" },
	{ "flash-time", 0, 0, G_OPTION_ARG_INT, &options.flash_ms, "How long a device takes to write firmware (300)", "MS" },
	{ "keepalive", 0, 0, G_OPTION_ARG_INT, &options.keepalive_ms, "Between empty lines on event streams (9000)", "MS" },
	{ "rate-limit", 0, 0, G_OPTION_ARG_STRING, &options.rate_limit, "Requests per time and address (10000/300; 0: no limits)", "N/SECS" },
	{ "fault", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.faults, "Something to go wrong, see below; may repeat", "SPEC" },
	{ "access-log", 0, 0, G_OPTION_ARG_FILENAME, &options.access_log, "Log a line for each answer (-: standard output)", "FILE" },
	{ "version", 0, 0, G_OPTION_ARG_NONE, &show_version, "Print the version", NULL },
	{ NULL },
};
/* clang-format on */

static gboolean
parse_options(int *argc, char ***argv, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autofree char *faults = sim_faults_help();
	g_autofree char *text = g_strdup_printf(
	    "Users: " SIM_USER ", password " SIM_PASSWORD ";\n"
	    "       " SIM_MFA_USER ", password " SIM_PASSWORD ", one-time code " SIM_OTP ".\n"
	    "Token without --token: " SIM_DEFAULT_TOKEN "\n\n"
	    "%s\n"
	    "Control (from this machine, no token): GET, DELETE /_sim/requests;\n"
	    "GET, POST, DELETE /_sim/faults; GET /_sim/stats; GET, POST /_sim/devices/ID;\n"
	    "POST /_sim/events, /_sim/streams/drop, /_sim/tokens, /_sim/options,\n"
	    "/_sim/limits/reset.\n",
	    faults);

	g_option_context_set_summary(context,
				     "Simulates the Particle device cloud on this machine.");
	g_option_context_set_description(context, text);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, argc, argv, error))
		return FALSE;
	if (*argc > 1) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "what is \"%s\"?",
			    (*argv)[1]);
		return FALSE;
	}
	if (options.devices < 0 || options.products < 0 || options.product_devices < 0 ||
	    options.keepalive_ms < 1 || options.latency_ms < 0 || options.event_rate < 0) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "a number is out of range");
		return FALSE;
	}
	return TRUE;
}

static gboolean
open_access_log(Sim *sim, GError **error)
{
	if (!options.access_log)
		return TRUE;
	sim->access_log = g_strcmp0(options.access_log, "-") == 0 ? fdopen(dup(1), "w")
								  : fopen(options.access_log, "a");
	if (!sim->access_log)
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s",
			    options.access_log, g_strerror(errno));
	return sim->access_log != NULL;
}

static gboolean
announce(Sim *sim, GError **error)
{
	GSList *uris = soup_server_get_uris(sim->server);
	GUri *uri = uris->data;
	g_autofree char *port = g_strdup_printf("%d\n", g_uri_get_port(uri));
	gboolean ok = TRUE;

	if (options.port_file)
		ok = g_file_set_contents(options.port_file, port, -1, error);
	g_print("particle-sim listens on %s://%s:%d\n", g_uri_get_scheme(uri), g_uri_get_host(uri),
		g_uri_get_port(uri));
	fflush(stdout);
	g_slist_free_full(uris, (GDestroyNotify)g_uri_unref);
	return ok;
}

static gboolean
quit_cb(gpointer data)
{
	g_main_loop_quit(data);
	return G_SOURCE_CONTINUE;
}

int
main(int argc, char **argv)
{
	g_autoptr(Sim) sim = NULL;
	g_autoptr(GError) error = NULL;

	setlocale(LC_ALL, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	if (!parse_options(&argc, &argv, &error)) {
		g_printerr("particle-sim: %s\n", error->message);
		return 2;
	}
	if (show_version) {
		g_print("particle-sim %s\n", PFS_VERSION);
		return 0;
	}
	/* libsoup 3.2 offers HTTP/2 only where this is set: it can't yet write a body in pieces. */
	if (offer_http2)
		g_setenv("SOUP_SERVER_HTTP2", "1", TRUE);
	else
		g_unsetenv("SOUP_SERVER_HTTP2");
	sim = sim_new(&options, &error);
	if (!sim || !open_access_log(sim, &error) || !sim_server_start(sim, &error) ||
	    !announce(sim, &error)) {
		g_printerr("particle-sim: %s\n", error->message);
		return 1;
	}
	sim_ticker_start(sim);
	g_unix_signal_add(SIGINT, quit_cb, sim->loop);
	g_unix_signal_add(SIGTERM, quit_cb, sim->loop);
	g_main_loop_run(sim->loop);
	return 0;
}
