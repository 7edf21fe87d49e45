/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

namespace pfs
{

/* From here on the process can read and write what is open, take memory, and end; whatever else it
 * asks of the kernel kills it. False where that can't be arranged; a kernel that has no filters
 * does without. */
bool confine_self();

} // namespace pfs
