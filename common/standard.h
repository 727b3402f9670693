#ifndef COMMON_STANDARD_H
#define COMMON_STANDARD_H

/*
 * Sees to it that descriptors 0, 1 and 2 are taken, so that no socket or file
 * ever gets one of them, and what is meant for a person: one that is closed
 * reads as empty, and cannot be written. Before anything else is opened.
 */
void standard_open(void);

#endif
