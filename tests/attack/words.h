#ifndef ATTACK_WORDS_H
#define ATTACK_WORDS_H

/* Hostile bytes for crowd.h, different on each connection. One thread. */

#include <stddef.h>
#include <stdint.h>

#include "tests/attack/crowd.h"

/* Bytes outside this protocol: noise, HTTP, TLS, lengths of all ones. */
const uint8_t *words_of_garbage(const struct crowd_plan *plan, uint64_t number,
    size_t *len);

/*
 * A well-formed request for a missing or forbidden name: of 4,095 bytes, of
 * 2,000 components, of arbitrary bytes, of dots. Each gets one reply.
 */
const uint8_t *words_of_names(const struct crowd_plan *plan, uint64_t number,
    size_t *len);

#endif
