/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "request.h"

/* What the server received: the last 20,000 requests, for tests to look at. */
SimJournal *sim_journal_new(void);
void sim_journal_free(SimJournal *self);
void sim_journal_add(SimJournal *self, SimRequest *request);
void sim_journal_answered(SimJournal *self, SimRequest *request);
void sim_journal_clear(SimJournal *self);
char *sim_journal_dump(SimJournal *self);
