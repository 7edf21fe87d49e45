/* SPDX-License-Identifier: Apache-2.0 */
#include "people.h"

#include <string.h>

static void
user_free(gpointer data)
{
	SimUser *user = data;

	g_free(user->id);
	g_free(user->username);
	g_free(user->password);
	g_free(user->first_name);
	g_free(user->last_name);
	g_free(user->company_name);
	g_free(user->pending_otp);
	g_free(user);
}

static void
token_free(gpointer data)
{
	SimToken *token = data;

	g_free(token->text);
	g_free(token->refresh);
	g_free(token->client);
	json_decref(token->scopes);
	g_free(token);
}

static void
org_free(gpointer data)
{
	SimOrg *org = data;

	g_free(org->id);
	g_free(org->slug);
	g_free(org->name);
	g_free(org);
}

SimUser *
sim_user_new(Sim *self, const char *username, const char *password)
{
	SimUser *user = g_new0(SimUser, 1);

	user->id = sim_random_hex(self, 24);
	user->username = g_strdup(username);
	user->password = g_strdup(password);
	user->first_name = g_strdup("");
	user->last_name = g_strdup("");
	g_ptr_array_add(self->users, user);
	return user;
}

SimUser *
sim_user_find(Sim *self, const char *username)
{
	for (guint i = 0; username && i < self->users->len; i++) {
		SimUser *user = g_ptr_array_index(self->users, i);

		if (user->username && !user->customer &&
		    g_ascii_strcasecmp(user->username, username) == 0)
			return user;
	}
	return NULL;
}

SimUser *
sim_customer_find(Sim *self, SimProduct *product, const char *username)
{
	for (guint i = 0; username && i < self->users->len; i++) {
		SimUser *user = g_ptr_array_index(self->users, i);

		if (user->customer && user->product == product && user->username &&
		    g_ascii_strcasecmp(user->username, username) == 0)
			return user;
	}
	return NULL;
}

/* The struct stays: devices and tokens may point to it. Only the name goes. */
void
sim_user_remove(Sim *self, SimUser *user)
{
	sim_tokens_revoke(self, user, NULL);
	for (guint i = 0; i < self->devices->len; i++) {
		SimDevice *device = g_ptr_array_index(self->devices, i);

		if (device->owner == user)
			device->owner = NULL;
	}
	g_clear_pointer(&user->username, g_free);
}

char *
sim_user_scope(SimUser *user)
{
	return g_strconcat("user:", user->id, NULL);
}

char *
sim_org_scope(SimOrg *org)
{
	return g_strconcat("org:", org->id, NULL);
}

SimOrg *
sim_org_find(Sim *self, const char *name)
{
	for (guint i = 0; i < self->orgs->len; i++) {
		SimOrg *org = g_ptr_array_index(self->orgs, i);

		if (strcmp(org->slug, name) == 0 || strcmp(org->id, name) == 0)
			return org;
	}
	return NULL;
}

gboolean
sim_org_allows(SimOrg *org, SimUser *user)
{
	return org->owner == user || user->org == org;
}

SimToken *
sim_token_new(Sim *self, SimUser *user, const char *client, gint64 life_secs)
{
	SimToken *token = g_new0(SimToken, 1);

	token->text = sim_random_hex(self, 40);
	token->refresh = sim_random_hex(self, 40);
	token->user = user;
	token->client = g_strdup(client);
	if (life_secs > 0)
		token->expires_us = g_get_real_time() + life_secs * G_USEC_PER_SEC;
	g_hash_table_insert(self->tokens, token->text, token);
	return token;
}

SimToken *
sim_token_find(Sim *self, const char *text)
{
	return g_hash_table_lookup(self->tokens, text);
}

gboolean
sim_token_is_expired(SimToken *token)
{
	return token->expires_us && token->expires_us <= g_get_real_time();
}

/* Ends all of @user's tokens but @except. */
void
sim_tokens_revoke(Sim *self, SimUser *user, SimToken *except)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, self->tokens);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		SimToken *token = value;

		if (token->user == user && token != except)
			g_hash_table_iter_remove(&iter);
	}
}

/* What the tokens of an API user may do from now on. */
void
sim_tokens_limit(Sim *self, SimUser *user, json_t *scopes)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, self->tokens);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		SimToken *token = value;

		if (token->user != user)
			continue;
		json_decref(token->scopes);
		token->scopes = json_deep_copy(scopes);
	}
}

static void
add_given_token(Sim *self, SimUser *user, const char *text)
{
	SimToken *token = sim_token_new(self, user, "particle-cli", 0);

	g_hash_table_steal(self->tokens, token->text);
	g_free(token->text);
	token->text = g_strdup(text);
	g_hash_table_replace(self->tokens, token->text, token);
}

void
sim_people_init(Sim *self)
{
	static const struct {
		const char *username;
		const char *first_name;
		const char *last_name;
		gboolean mfa;
	} people[] = {
		{ SIM_USER, "Ada", "Miller", FALSE },
		{ SIM_MFA_USER, "Grace", "Hopper", TRUE },
	};
	const char *const given[] = { SIM_DEFAULT_TOKEN, NULL };
	const char *const *tokens = (const char *const *)self->options.tokens;
	SimOrg *org = g_new0(SimOrg, 1);

	self->users = g_ptr_array_new_with_free_func(user_free);
	self->orgs = g_ptr_array_new_with_free_func(org_free);
	self->tokens = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, token_free);
	self->mfa = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(people); i++) {
		SimUser *user = sim_user_new(self, people[i].username, SIM_PASSWORD);

		g_free(user->first_name);
		g_free(user->last_name);
		user->first_name = g_strdup(people[i].first_name);
		user->last_name = g_strdup(people[i].last_name);
		user->mfa = people[i].mfa;
	}
	org->id = sim_random_hex(self, 24);
	org->slug = g_strdup("acme");
	org->name = g_strdup("Acme Inc");
	org->owner = g_ptr_array_index(self->users, 0);
	g_ptr_array_add(self->orgs, org);
	for (tokens = tokens ? tokens : given; *tokens; tokens++)
		add_given_token(self, g_ptr_array_index(self->users, 0), *tokens);
}

void
sim_people_clear(Sim *self)
{
	g_clear_pointer(&self->tokens, g_hash_table_unref);
	g_clear_pointer(&self->mfa, g_hash_table_unref);
	g_clear_pointer(&self->users, g_ptr_array_unref);
	g_clear_pointer(&self->orgs, g_ptr_array_unref);
}
