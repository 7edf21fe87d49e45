/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <particlefs/endpoint.h>

G_BEGIN_DECLS

/*
 * The shape of the endpoint table. A row says all there is to know of a request, so that adding an
 * endpoint is adding a row; src/api/build.c reads it and knows no function by name.
 */

/* What stands in front of a path. `product` and `org` among the arguments choose. */
typedef enum {
	PFS_SCOPE_ROOT = 1 << 0,	/* nothing */
	PFS_SCOPE_OWN = 1 << 1,		/* /v1 */
	PFS_SCOPE_PRODUCT = 1 << 2,	/* /v1/products/{product} */
	PFS_SCOPE_ORG = 1 << 3,		/* /v1/orgs/{org} */
	PFS_SCOPE_ORG_PRODUCT = 1 << 4, /* /v1/orgs/{org}/products/{product} */
} PfsScope;

/* A scope: its name for people, and its prefix, whose placeholders are the arguments that choose
 * it. */
typedef struct {
	PfsScope scope;
	const char *name;
	const char *prefix;
} PfsScopeRow;

extern const PfsScopeRow pfs_scopes[]; /* ended by one without a name */

/* An argument that chooses a scope. */
typedef struct {
	const char *name;
	const char *help;
} PfsScopeArgument;

/* The narrowest first; ended by one without a name. */
extern const PfsScopeArgument pfs_scope_arguments[];

/*
 * One way to address an endpoint. The first path of a row that has the scope, whose placeholders
 * are all given and whose @when holds is taken, so the more special one stands first.
 */
typedef struct {
	guint scopes;
	const char *template; /* `{name}` stands for the parameter of that SDK name */
	const char *when;     /* NULL, or `name=value`: taken only for this argument */
	const char *method;   /* NULL: the row's */
} PfsPath;

typedef enum {
	PFS_PLACE_PATH,
	PFS_PLACE_QUERY,
	PFS_PLACE_BODY,
	PFS_PLACE_SPREAD,     /* an object whose members become members of the body */
	PFS_PLACE_MEMBER,     /* documented member of an object that is sent whole */
	PFS_PLACE_BASIC_USER, /* given, it makes the request use HTTP Basic */
	PFS_PLACE_BASIC_PASSWORD,
	PFS_PLACE_NOWHERE, /* understood, but nothing is sent of it */
} PfsPlace;

typedef enum {
	PFS_TYPE_STRING,
	PFS_TYPE_INTEGER,
	PFS_TYPE_NUMBER,
	PFS_TYPE_BOOLEAN,
	PFS_TYPE_BIT,	      /* boolean, sent as the strings "1" and "0" */
	PFS_TYPE_IF_TRUE,     /* boolean, sent only when true */
	PFS_TYPE_UNLESS_TRUE, /* boolean; 1 is sent unless it is true */
	PFS_TYPE_LIST,	      /* strings; an array in JSON, name[0]=… in a query */
	PFS_TYPE_COMMA_LIST,  /* strings, joined by commas */
	PFS_TYPE_JSON,	      /* any JSON */
	PFS_TYPE_OBJECT,
	PFS_TYPE_ARRAY, /* of anything */
	PFS_TYPE_CODE,	/* JavaScript source, as text or as {type, code} */
	PFS_TYPE_FILE,
	PFS_TYPE_FILES, /* {"relative/path": file, …}: parts file, file2, … */
	PFS_TYPE_STAMP, /* a constant, followed by the time in milliseconds */
} PfsType;

typedef enum {
	PFS_PARAMETER_REQUIRED = 1 << 0,
	PFS_PARAMETER_SECRET = 1 << 1,	 /* never shown: not in messages, logs, targets */
	PFS_PARAMETER_NULLABLE = 1 << 2, /* null is a value of its own */
	PFS_PARAMETER_ONE_OF = 1 << 3,	 /* exactly one of those so marked is given */
	PFS_PARAMETER_RAW = 1 << 4,	 /* goes into the path as it is: a whole URL */
} PfsParameterFlags;

/*
 * Where one parameter goes. Without a @name it is a constant that has @value. One that goes to two
 * places stands twice. A dotted name is a member of an object argument: `hook.method`.
 */
typedef struct {
	const char *name; /* the SDK's, camelCase */
	const char *wire; /* NULL: as @name */
	PfsPlace place;
	PfsType type;
	guint flags;
	const char *help;
	const char *value;	   /* sent when not given */
	const char *const *values; /* what is allowed; NULL: anything */
	const char *with;	   /* goes only together with this argument */
	const char *unless;	   /* goes only without this argument */
	const char *filename;	   /* of a file's part */
	guint max_bytes;	   /* documented limit; beyond it EMSGSIZE */
} PfsParameter;

typedef enum {
	PFS_BODY_JSON, /* where a parameter goes into the body; multipart where a file does */
	PFS_BODY_FORM,
} PfsBody;

typedef enum {
	PFS_AUTH_BEARER,
	PFS_AUTH_NONE,
} PfsAuth;

typedef enum {
	PFS_ANSWER_JSON,
	PFS_ANSWER_BINARY,
	PFS_ANSWER_STREAM,
	PFS_ANSWER_STATUS, /* no body: the status says it, see @statuses */
} PfsAnswer;

typedef enum {
	PFS_ENDPOINT_CALLS_DEVICE = 1 << 0, /* a data operation, and it waits for the device */
	PFS_ENDPOINT_WAITS_DEVICE = 1 << 1, /* waits for the device, but is not billed */
	PFS_ENDPOINT_TELLS_ONLINE = 1 << 2, /* `"online": false` says that the call failed */
	PFS_ENDPOINT_OLD = 1 << 3,	    /* only in old SDKs (9.4.1) */
	PFS_ENDPOINT_EXTRA = 1 << 4,	    /* documented, but in no SDK */
	PFS_ENDPOINT_SLOW = 1 << 5,	    /* uploads or compiles: may take longer than others */
} PfsEndpointFlags;

typedef struct {
	long status;
	const char *word;
} PfsStatusWord;

struct _PfsEndpoint {
	const char *function;
	const char *method;
	PfsPath paths[7];
	const char *help;
	const PfsParameter *parameters; /* ended by one without name and wire */
	PfsBody body;
	PfsAuth auth;
	PfsAnswer answer;
	guint flags;
	const char *accept;	  /* NULL: whatever comes */
	const char *content_type; /* NULL: by the body's kind */
	const PfsStatusWord *statuses;
};

/* The families. Each ends with a row without a function. */
extern const PfsEndpoint pfs_endpoints_account[];
extern const PfsEndpoint pfs_endpoints_devices[];
extern const PfsEndpoint pfs_endpoints_events[];
extern const PfsEndpoint pfs_endpoints_firmware[];
extern const PfsEndpoint pfs_endpoints_products[];
extern const PfsEndpoint pfs_endpoints_sims[];
extern const PfsEndpoint pfs_endpoints_integrations[];
extern const PfsEndpoint pfs_endpoints_libraries[];
extern const PfsEndpoint pfs_endpoints_networks[];
extern const PfsEndpoint pfs_endpoints_logic[];
extern const PfsEndpoint pfs_endpoints_ledgers[];
extern const PfsEndpoint pfs_endpoints_env[];

/* Walks the parameters of a row. */
#define PFS_FOREACH_PARAMETER(row, p)                                                              \
	for (const PfsParameter *p = (row)->parameters; p && (p->name || p->wire); p++)

/* The paths of a row, as one set of scopes. */
guint pfs_endpoint_get_scopes(const PfsEndpoint *self);

/* Whether @name chooses a scope that the row has. */
gboolean pfs_endpoint_has_scope_argument(const PfsEndpoint *self, const char *name);

/* The scope that these arguments choose; NULL where the row has none for them. */
const PfsScopeRow *pfs_endpoint_choose_scope(const PfsEndpoint *self, const json_t *arguments);

/* The first entry of that SDK name; NULL without one. */
const PfsParameter *pfs_endpoint_find_parameter(const PfsEndpoint *self, const char *name);

/* Whether a name (`hook`) has documented members (`hook.method`). */
gboolean pfs_endpoint_has_members(const PfsEndpoint *self, const char *name);

/* The wire's name of a parameter. */
const char *pfs_parameter_get_wire(const PfsParameter *self);

/* What @type is called in messages and usage lines. */
const char *pfs_type_get_name(PfsType type);

/* deviceId becomes device_id. */
char *pfs_name_to_snake(const char *name);

/* An argument by its (dotted) SDK name; NULL without one. */
json_t *pfs_arguments_get(const json_t *arguments, const char *name);

/* Whether @name (maybe dotted) is among what is given already. */
gboolean pfs_arguments_is_bound(const json_t *bound, const char *name);

/* Sets @error to `name: what`; gives FALSE. */
gboolean pfs_arguments_refuse(GError **error, int code, const char *name, const char *what);

/* Whether @parameter has a place in a request with these arguments. */
gboolean pfs_parameter_applies(const PfsParameter *parameter, const json_t *arguments);

/* Checks arguments against the row: gives a copy in which each value has its wire's form. */
json_t *pfs_arguments_check(const PfsEndpoint *self, const json_t *arguments, GError **error);

/* Like pfs_endpoint_build(); @out_shown gets the target without secrets, @out_secrets (element-type
 * utf8) the values that no message may show. */
PfsHttpRequest *pfs_endpoint_build_full(const PfsEndpoint *self, const json_t *arguments,
					GHashTable *files, char **out_shown,
					GPtrArray **out_secrets, GError **error);

/* @text without @secrets (element-type utf8). */
char *pfs_secrets_hide(const GPtrArray *secrets, const char *text);

G_END_DECLS
