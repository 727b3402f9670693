#ifndef ATTACK_WORDS_H
#define ATTACK_WORDS_H

/* What somebody could say who means no good, another thing on each
 * connection; for crowd.h. One thread. */

#include <stddef.h>
#include <stdint.h>

#include "tests/attack/crowd.h"

/* Nothing of this protocol: noise, HTTP, TLS, lengths of all ones. */
const uint8_t *words_of_garbage(const struct crowd_plan *plan, uint64_t number,
    size_t *len);

/*
 * A well-formed request for a name that is not there, or not allowed: of
 * 4,095 bytes, of 2,000 components, of any byte there is, of dots. Each of
 * them gets one reply.
 */
const uint8_t *words_of_names(const struct crowd_plan *plan, uint64_t number,
    size_t *len);

#endif
