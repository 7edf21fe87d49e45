/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sim.h"

/*
 * Rows: JSON objects kept in arrays by kind ("webhooks") and scope
 * ("user:55aa…", "product:12345", "org:5f00…", or "" for the whole cloud).
 * Everything returned is borrowed from the store.
 */
void sim_store_init(Sim *self);
void sim_store_clear(Sim *self);
json_t *sim_rows(Sim *self, const char *kind, const char *scope);
json_t *sim_row_find(json_t *rows, const char *key, const char *value);
json_t *sim_row_add(json_t *rows, json_t *row_taken);
gboolean sim_row_remove(json_t *rows, json_t *row);
json_t *sim_row_without(const json_t *row, const char *hidden);
const char *sim_row_text(const json_t *row, const char *key);
void sim_row_set_text(json_t *row, const char *key, const char *value);
gboolean sim_text_has(const char *text, const char *part);
json_t *sim_rows_page(json_t *rows_taken, int page, int per_page, int *out_pages);

void sim_blob_put(Sim *self, const char *id, GBytes *blob);
GBytes *sim_blob_get(Sim *self, const char *id);
