/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sim.h"

/* Users, organizations and their tokens: who may do what. */
void sim_people_init(Sim *self);
void sim_people_clear(Sim *self);
SimUser *sim_user_new(Sim *self, const char *username, const char *password);
SimUser *sim_user_find(Sim *self, const char *username);
SimUser *sim_customer_find(Sim *self, SimProduct *product, const char *username);
void sim_user_remove(Sim *self, SimUser *user);
char *sim_user_scope(SimUser *user);
char *sim_org_scope(SimOrg *org);
SimOrg *sim_org_find(Sim *self, const char *name);
gboolean sim_org_allows(SimOrg *org, SimUser *user);

SimToken *sim_token_new(Sim *self, SimUser *user, const char *client, gint64 life_secs);
SimToken *sim_token_find(Sim *self, const char *text);
gboolean sim_token_is_expired(SimToken *token);
void sim_tokens_limit(Sim *self, SimUser *user, json_t *scopes);
void sim_tokens_revoke(Sim *self, SimUser *user, SimToken *except);
