/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

namespace pfs
{

/* From here on the process can read and write what is open, take memory, and end; whatever else it
 * asks of the kernel kills it. False where the kernel refuses; nothing is done where it has no
 * filters, or the processor is another than those that were tried. */
bool confine_self();

} // namespace pfs
