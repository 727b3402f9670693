#ifndef HARNESS_REMOVAL_H
#define HARNESS_REMOVAL_H

/* Removes a folder with its contents; warns of each name that stays. One thread
 * at a time works on a tree. */
void removal_remove_tree(const char *path);

#endif
