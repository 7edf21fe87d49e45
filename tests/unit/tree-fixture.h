/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "../../src/tree/node.h"
#include "fake-server.h"

/* A tree whose cloud answers in an order that is known before. */
typedef struct {
	FakeStep steps[24];
	char *answers[24];
	guint n_steps;
	FakeServer *server;
	PfsToken *token;
	PfsHttp *http;
	PfsApi *api;
	PfsHub *hub;
	PfsTree *tree;
	GMainLoop *loop;
} TreeFixture;

/* The server answers in this order, each a status and a body. */
void tree_script(TreeFixture *fixture, const char *status, const char *body);
void tree_start(TreeFixture *fixture);
void tree_tear_down(TreeFixture *fixture, gconstpointer data);

/* Until what it waits for has ended, or has come further. */
void tree_wait_for(TreeFixture *fixture, PfsAccess *access);

/* Resolves a path as a kernel does; an errno where it fails. */
PfsEntry *tree_walk(TreeFixture *fixture, const char *path, int *out_errno);
void tree_assert_entry_content(TreeFixture *fixture, PfsEntry *entry, const char *expected);
void tree_assert_content(TreeFixture *fixture, const char *path, const char *expected);
void tree_assert_errno(TreeFixture *fixture, const char *path, int expected);

PfsListing *tree_open_list(TreeFixture *fixture, const char *path);
/* As readdir() does: until nothing stands behind the last one. */
void tree_read_list(TreeFixture *fixture, PfsListing *listing);

/* Names with a space behind each. */
char *tree_list(TreeFixture *fixture, const char *path);
void tree_assert_list(TreeFixture *fixture, const char *path, const char *expected);
