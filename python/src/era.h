/* SPDX-License-Identifier: Apache-2.0
 *
 * What only the enumerations need of the eras.
 */
#ifndef TERNRT_ERA_H
#define TERNRT_ERA_H

#include "ternrt.h"

int ternrt_era_init(PyObject *module);
bool ternrt_member_moved(int member); /* its integer is not the same in all eras */
int ternrt_member_by_int(ternrt_enum kind, int64_t integer); /* -1: none */

#endif
