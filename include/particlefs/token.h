/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PfsToken:
 *
 * Where the access token comes from, and the token itself, in memory that is locked, not dumped
 * and wiped. A token file that changes is read again at the next use.
 */
typedef struct _PfsToken PfsToken;

/**
 * pfs_token_take_environment:
 *
 * Takes `$PARTICLE_TOKEN` out of the environment, and out of the memory where the process was given
 * it, and keeps it for the next pfs_token_find(). To be called before anything is started.
 */
void pfs_token_take_environment(void);

/**
 * pfs_token_find:
 * @token_file: (nullable): an explicit file; then no other place is looked at
 * @profile: (nullable): profile of the official CLI, NULL for its current one
 * @error: return location
 *
 * Looks for a token in this order: @token_file, `$CREDENTIALS_DIRECTORY/particle-token`,
 * `$PARTICLE_TOKEN` (see pfs_token_take_environment()), the own store
 * (`$XDG_STATE_HOME/particlefs/token`), the official CLI's
 * `~/.particle/particle.config.json` (or the profile's file). Without a home directory the
 * last two are passed over. A file that others can read is refused (EACCES); a credential,
 * one that others than its group can; and one that belongs to another user than root and who runs
 * the program, or lies in such a user's directory.
 *
 * Returns: (transfer full): the token; %NULL with ENOKEY when there is none
 */
PfsToken *pfs_token_find(const char *token_file, const char *profile,
			 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_token_find_own:
 * @error: return location
 *
 * Looks into the own store only.
 *
 * Returns: (transfer full): the token; %NULL with ENOKEY when there is none
 */
PfsToken *pfs_token_find_own(GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_token_new_anonymous:
 *
 * Returns: (transfer full): a source without a token, for calls that need none
 */
PfsToken *pfs_token_new_anonymous(void) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_token_free:
 * @self: (nullable): a token source; the token is wiped
 */
void pfs_token_free(PfsToken *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsToken, pfs_token_free)

/**
 * pfs_token_peek:
 * @self: a token source
 *
 * Gives the token; looks at its file first (one stat a second at most), so that a changed file is
 * picked up.
 *
 * Returns: (transfer none) (nullable): the token, valid until the next call
 */
const char *pfs_token_peek(PfsToken *self);

/**
 * pfs_token_reload:
 * @self: a token source
 *
 * Looks at the file now. To be called after a 401.
 *
 * Returns: %TRUE when the token is another one than before
 */
gboolean pfs_token_reload(PfsToken *self);

/**
 * pfs_token_get_source:
 * @self: a token source
 *
 * Returns: (transfer none): where the token came from, for people: a path or `$PARTICLE_TOKEN`
 */
const char *pfs_token_get_source(PfsToken *self);

/**
 * pfs_token_store:
 * @token: the access token
 * @error: return location
 *
 * Keeps @token in the own store: file 0600 in a directory 0700, replaced atomically.
 *
 * Returns: %TRUE on success
 */
gboolean pfs_token_store(const char *token, GError **error);

/**
 * pfs_token_forget:
 * @error: return location
 *
 * Removes the own store's token. No token there is no error.
 *
 * Returns: %TRUE on success
 */
gboolean pfs_token_forget(GError **error);

/**
 * pfs_secret_free:
 * @secret: (nullable): a string
 *
 * Wipes and frees a string that held a secret.
 */
void pfs_secret_free(char *secret);

G_END_DECLS
