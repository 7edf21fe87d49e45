/* SPDX-License-Identifier: Apache-2.0 */
/* What users write into verbs and on command lines. */
#include <particlefs/endpoint.h>
#include <particlefs/error.h>

#include <errno.h>
#include <string.h>

static void
assert_parsed(const char *function, const char *bound, const char *parameter, const char *text,
	      const char *expected)
{
	g_autoptr(json_t) given = bound ? json_loads(bound, 0, NULL) : NULL;
	g_autoptr(json_t) wanted = json_loads(expected, 0, NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) parsed = pfs_arguments_parse(pfs_endpoint_find(function), given,
						       parameter, text, strlen(text), &error);
	g_autofree char *actual = json_dumps(parsed, JSON_COMPACT);

	g_assert_no_error(error);
	g_assert_nonnull(wanted);
	if (!json_equal(parsed, wanted))
		g_error("`%s` became %s, not %s", text, actual, expected);
}

static void
assert_refused(const char *function, const char *bound, const char *parameter, const char *text,
	       int code, const char *part)
{
	g_autoptr(json_t) given = bound ? json_loads(bound, 0, NULL) : NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) parsed = pfs_arguments_parse(pfs_endpoint_find(function), given,
						       parameter, text, strlen(text), &error);

	g_assert_null(parsed);
	g_assert_error(error, PFS_ERROR, code);
	if (!strstr(error->message, part))
		g_error("`%s`: the message `%s` has no `%s`", text, error->message, part);
}

#define FUNCTION "{\"deviceId\":\"d\",\"name\":\"f\"}"

static void
test_bare_string(void)
{
	assert_parsed("callFunction", FUNCTION, "argument", "coffee black",
		      "{\"deviceId\":\"d\",\"name\":\"f\",\"argument\":\"coffee black\"}");
	/* for a function the line is the argument, be it JSON or not */
	assert_parsed("callFunction", FUNCTION, "argument", "{\"a\":1}",
		      "{\"deviceId\":\"d\",\"name\":\"f\",\"argument\":\"{\\\"a\\\":1}\"}");
	assert_parsed("callFunction", FUNCTION, "argument", "a='b c'",
		      "{\"deviceId\":\"d\",\"name\":\"f\",\"argument\":\"a='b c'\"}");
	assert_parsed("callFunction", FUNCTION, "argument", "", FUNCTION);
	assert_parsed("setDeviceNotes", "{\"deviceId\":\"d\"}", "notes", "",
		      "{\"deviceId\":\"d\",\"notes\":\"\"}");
	assert_parsed("setDeviceNotes", "{\"deviceId\":\"d\"}", "notes", "two\nlines",
		      "{\"deviceId\":\"d\",\"notes\":\"two\\nlines\"}");
}

static void
test_bare_types(void)
{
	assert_parsed("signalDevice", "{\"deviceId\":\"d\"}", "signal", "on",
		      "{\"deviceId\":\"d\",\"signal\":true}");
	assert_parsed("signalDevice", "{\"deviceId\":\"d\"}", "signal", " 0 ",
		      "{\"deviceId\":\"d\",\"signal\":false}");
	assert_parsed("updateSIM", "{\"iccid\":\"i\"}", "mbLimit", "25",
		      "{\"iccid\":\"i\",\"mbLimit\":25}");
	assert_parsed("reactivateSIM", "{\"iccid\":\"i\"}", "mbLimit", "", "{\"iccid\":\"i\"}");
	assert_parsed("setProductConfiguration", "{\"product\":\"p\"}", "config",
		      "{\"a\": {\"b\":1}}", "{\"product\":\"p\",\"config\":{\"a\":{\"b\":1}}}");
	assert_parsed(
	    "setLedgerInstance", "{\"ledgerName\":\"l\",\"scopeValue\":\"s\"}", "instance.data",
	    "{\"max\":8}",
	    "{\"ledgerName\":\"l\",\"scopeValue\":\"s\",\"instance\":{\"data\":{\"max\":8}}}");
	assert_parsed("executeLogic", NULL, "logic.source", "run()",
		      "{\"logic\":{\"source\":\"run()\"}}");
	assert_parsed("setDeviceGroups", "{\"deviceId\":\"d\",\"product\":\"p\"}", "groups",
		      "beta\nnorth",
		      "{\"deviceId\":\"d\",\"product\":\"p\",\"groups\":[\"beta\",\"north\"]}");
	assert_parsed("setDeviceGroups", "{\"deviceId\":\"d\",\"product\":\"p\"}", "groups", "",
		      "{\"deviceId\":\"d\",\"product\":\"p\",\"groups\":[]}");
}

static void
test_words(void)
{
	assert_parsed("claimDevice", NULL, NULL, "deviceId=d requestTransfer=true",
		      "{\"deviceId\":\"d\",\"requestTransfer\":true}");
	assert_parsed("claimDevice", NULL, NULL, "  device_id=d request_transfer=off ",
		      "{\"deviceId\":\"d\",\"requestTransfer\":false}");
	/* the wire's name of deviceId */
	assert_parsed("claimDevice", NULL, NULL, "id=d", "{\"deviceId\":\"d\"}");
	assert_parsed(
	    "publishEvent", NULL, NULL, "name=door data='a b=\"c\"' private=on ttl=60",
	    "{\"name\":\"door\",\"data\":\"a b=\\\"c\\\"\",\"isPrivate\":true,\"ttl\":60}");
	assert_parsed("listDevices", "{\"product\":\"p\"}", NULL, "groups=a,b per_page=5",
		      "{\"product\":\"p\",\"groups\":[\"a\",\"b\"],\"perPage\":5}");
	assert_parsed("getDevice", NULL, NULL, "device_id=d product=my-product",
		      "{\"deviceId\":\"d\",\"product\":\"my-product\"}");
	assert_parsed("getClaimCode", NULL, NULL, "", "{}");
	assert_parsed("getClaimCode", NULL, NULL, " \t", "{}");
}

static void
test_member_words(void)
{
	assert_parsed(
	    "createLedger", NULL, NULL, "name=l scope=Device direction=Upstream",
	    "{\"ledger\":{\"name\":\"l\",\"scope\":\"Device\",\"direction\":\"Upstream\"}}");
	assert_parsed("createWebhook", NULL, NULL,
		      "event=e url=u hook.method=PUT response_event=r hook.json='{\"a\":1}'",
		      "{\"event\":\"e\",\"url\":\"u\",\"hook\":{\"method\":\"PUT\","
		      "\"responseEvent\":\"r\",\"json\":{\"a\":1}}}");
	assert_parsed("createWebhook", NULL, NULL,
		      "{\"event\":\"e\",\"url\":\"u\",\"no_defaults\":true,"
		      "\"hook\":{\"requestType\":\"GET\",\"error_response_event\":\"x\"}}",
		      "{\"event\":\"e\",\"url\":\"u\",\"noDefaults\":true,"
		      "\"hook\":{\"method\":\"GET\",\"errorResponseEvent\":\"x\"}}");
	assert_parsed("createWebhook", NULL, NULL,
		      "event=e url=u hook='{\"requestType\":\"GET\",\"hook.json\":7}'",
		      "{\"event\":\"e\",\"url\":\"u\",\"hook\":{\"method\":\"GET\",\"json\":7}}");
	assert_parsed("executeLogic", NULL, NULL,
		      "{\"source\":\"run()\",\"event\":{\"event_name\":\"e\"}}",
		      "{\"logic\":{\"source\":\"run()\",\"event\":{\"event_name\":\"e\"}}}");
}

static void
test_object(void)
{
	assert_parsed("unprotectDevice", "{\"deviceId\":\"d\"}", NULL,
		      "\n {\"action\":\"confirm\",\n \"server_nonce\":\"s\"}\n",
		      "{\"deviceId\":\"d\",\"action\":\"confirm\",\"serverNonce\":\"s\"}");
	assert_parsed("updateDevice", "{\"deviceId\":\"d\",\"product\":\"p\"}", NULL,
		      "{\"desired_firmware_version\":null}",
		      "{\"deviceId\":\"d\",\"product\":\"p\",\"desiredFirmwareVersion\":null}");
	assert_parsed("updateDevice", "{\"deviceId\":\"d\",\"product\":\"p\"}", NULL,
		      "desired_firmware_version=null flash=1",
		      "{\"deviceId\":\"d\",\"product\":\"p\",\"desiredFirmwareVersion\":null,"
		      "\"flash\":true}");
}

/* What may be a password, in a form that nothing was asked for in, is not repeated. */
static void
test_secret_refused(void)
{
	static const char *const texts[] = {
		"swordfish",
		"swordfish=x",
		"password='swordfish",
		"{\"password\":swordfish}",
		"{\"password\":\"swordfish\" \"swordfish\"}",
	};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(json_t) parsed =
		    pfs_arguments_parse(pfs_endpoint_find("deleteUser"), NULL, NULL, texts[i],
					strlen(texts[i]), &error);

		g_assert_null(parsed);
		g_assert_error(error, PFS_ERROR, EINVAL);
		g_assert_null(strstr(error->message, "swordfish"));
	}
}

static void
test_refused(void)
{
	const char *device = "{\"deviceId\":\"d\"}";

	assert_refused("claimDevice", NULL, NULL, "colour=red", EINVAL,
		       "colour: is not a parameter");
	assert_refused("claimDevice", NULL, NULL, "", EINVAL, "deviceId: is missing");
	assert_refused("claimDevice", NULL, NULL, "d", EINVAL, "key=value");
	assert_refused("claimDevice", NULL, NULL, "id=d request_transfer=maybe", EINVAL,
		       "requestTransfer: is not a valid boolean");
	assert_refused("claimDevice", NULL, NULL, "id=d deviceId=e", EINVAL, "given twice");
	assert_refused("claimDevice", NULL, NULL, "id='d", EINVAL, "quot");
	assert_refused("claimDevice", NULL, NULL, "{\"id\":\"d\"", EINVAL, "not valid JSON");
	assert_refused("claimDevice", NULL, NULL, "{\"id\":\"d\",\"id\":\"e\"}", EINVAL,
		       "duplicate");
	assert_refused("claimDevice", NULL, NULL, "{\"id\":5}", EINVAL,
		       "deviceId: must be a string");
	assert_refused("updateSIM", "{\"iccid\":\"i\"}", "mbLimit", "5 MB", EINVAL,
		       "mbLimit: is not a valid integer");
	assert_refused("updateSIM", "{\"iccid\":\"i\"}", "mbLimit", "", EINVAL, "mbLimit");
	assert_refused("unprotectDevice", device, NULL, "action=maybe", EINVAL,
		       "action: must be one of prepare, confirm");
	assert_refused("unprotectDevice", device, NULL, "action=prepare device_id=e", EINVAL,
		       "device_id: is given by the path");
	assert_refused("setProductConfiguration", "{\"product\":\"p\"}", "config",
		       "{\"a\":", EINVAL, "config");
	assert_refused("setProductConfiguration", "{\"product\":\"p\"}", "config", "7", EINVAL,
		       "config");
	assert_refused("renameDevice", device, "name", "caf\xe9", EINVAL, "UTF-8");
	assert_refused("createLedger", NULL, NULL, "ledger={} name=l ledger.name=m", EINVAL,
		       "twice");
	assert_refused("createLedger", NULL, NULL,
		       "{\"ledger\":{\"name\":\"l\",\"ledger.name\":\"m\"}}", EINVAL, "twice");
}

/* Whatever is accepted can be written as JSON, and read again. */
static void
test_depth(void)
{
	g_autofree char *opened = g_strnfill(2048, '[');
	g_autofree char *closed = g_strnfill(2048, ']');
	g_autofree char *text = g_strconcat("ops=", opened, closed, NULL);

	assert_refused("updateEnvVars", NULL, NULL, text, EINVAL, "over 1024 levels");
}

static void
test_embedded_nul(void)
{
	g_autoptr(json_t) bound = json_loads("{\"deviceId\":\"d\"}", 0, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(pfs_arguments_parse(pfs_endpoint_find("renameDevice"), bound, "name", "a\0b",
					  3, &error));
	g_assert_error(error, PFS_ERROR, EINVAL);
}

static void
test_length(void)
{
	g_autoptr(json_t) bound = json_loads("{\"deviceId\":\"d\"}", 0, NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) parsed = pfs_arguments_parse(pfs_endpoint_find("renameDevice"), bound,
						       "name", "kitchen\nrest", 7, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(json_string_value(json_object_get(parsed, "name")), ==, "kitchen");
}

static void
test_find_end(void)
{
	static const struct {
		const char *text;
		gssize end;
	} cases[] = {
		{ "", 0 },
		{ "key=value", 0 },
		{ "{", -1 },
		{ " {\n", -1 },
		{ "{}", 2 },
		{ "{}\n{}\n", 2 },
		{ "{\n}\nx", 3 },
		{ "{\"a\":{}", -1 },
		{ "{\"a\":{}}", 8 },
		{ "{\"a\":\"}\"", -1 },
		{ "{\"a\":\"\\\"}", -1 },
		{ "{\"a\":\"\\\"}\"}", 11 },
		{ "{\"a\":[1,2}\n1", 10 },
		{ "{\"a\":[{\"b\":1}]}\n", 15 },
		{ "{\"a\\", -1 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("%s", cases[i].text);
		g_assert_cmpint(pfs_arguments_find_end(cases[i].text, strlen(cases[i].text)), ==,
				cases[i].end);
	}
}

/* A shell has taken them apart: quotes are as good as any character. */
static void
test_parse_words(void)
{
	static const struct {
		const char *word;
		const char *expected; /* NULL: refused */
		const char *part;
	} cases[] = {
		{ "notes=it's \"there\"\n", "it's \"there\"\n", NULL },
		{ "notes=a=b", "a=b", NULL },
		{ "notes=", "", NULL },
		{ "notes=\xff", NULL, "UTF-8" },
		{ "notes", NULL, "key=value" },
		{ "=x", NULL, "key=value" },
		{ "deviceId=e", NULL, "given twice" },
		{ "nonsense=1", NULL, "not a parameter" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		char *words[] = { g_strdup("device_id=d"), g_strdup(cases[i].word), NULL };
		g_autoptr(GError) error = NULL;
		g_autoptr(json_t) parsed =
		    pfs_arguments_parse_words(pfs_endpoint_find("setDeviceNotes"), words, &error);

		g_test_message("%s", cases[i].word);
		g_assert_cmpstr(json_string_value(json_object_get(parsed, "notes")), ==,
				cases[i].expected);
		if (!parsed) {
			g_assert_error(error, PFS_ERROR, EINVAL);
			g_assert_nonnull(strstr(error->message, cases[i].part));
		}
		g_free(words[0]);
		g_free(words[1]);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/arguments/bare-string", test_bare_string);
	g_test_add_func("/arguments/bare-types", test_bare_types);
	g_test_add_func("/arguments/words", test_words);
	g_test_add_func("/arguments/parse-words", test_parse_words);
	g_test_add_func("/arguments/member-words", test_member_words);
	g_test_add_func("/arguments/object", test_object);
	g_test_add_func("/arguments/refused", test_refused);
	g_test_add_func("/arguments/depth", test_depth);
	g_test_add_func("/arguments/secret-refused", test_secret_refused);
	g_test_add_func("/arguments/embedded-nul", test_embedded_nul);
	g_test_add_func("/arguments/length", test_length);
	g_test_add_func("/arguments/find-end", test_find_end);
	return g_test_run();
}
