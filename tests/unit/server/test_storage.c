/*
 * storage: which file systems are on a network, and which errors may pass.
 */

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>

#include "common/magic.h"
#include "server/storage.h"
#include "tests/unit/unit.h"

#ifndef EXT4_SUPER_MAGIC
#define EXT4_SUPER_MAGIC 0xef53
#endif

START_TEST(test_names)
{
	static const struct {
		uint32_t type;
		const char *name; /* NULL: on this machine */
	} rows[] = {
	    {NFS_SUPER_MAGIC, "NFS"},
	    {FUSE_SUPER_MAGIC, "FUSE"},
	    {CEPH_SUPER_MAGIC, "CephFS"},
	    {CIFS_SUPER_MAGIC, "SMB"},
	    {SMB2_SUPER_MAGIC, "SMB"},
	    {V9FS_MAGIC, "9P"},
	    {LUSTRE_SUPER_MAGIC, "Lustre"},
	    {EXT4_SUPER_MAGIC, NULL},
	    {TMPFS_MAGIC, NULL},
	    {OVERLAYFS_SUPER_MAGIC, NULL},
	    {BTRFS_SUPER_MAGIC, NULL},
	    {0, NULL},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++)
		ck_assert_pstr_eq(storage_network_name(rows[i].type),
		    rows[i].name);
}
END_TEST

/* A disk costs no system call, so even a descriptor that is none will do; an
 * unknown file system counts as one on a network. */
START_TEST(test_finds)
{
	ck_assert_ptr_null(storage_find_network(-1, makedev(8, 1)));
	ck_assert_ptr_nonnull(storage_find_network(-1, makedev(0, 45)));
}
END_TEST

START_TEST(test_errors)
{
	static const struct {
		int code;
		bool disk, network, gone;
	} rows[] = {
	    {ESTALE, true, true, true},
	    {ENOTCONN, true, true, true},
	    {ESHUTDOWN, true, true, true},
	    {ETIMEDOUT, true, true, false},
	    {EHOSTDOWN, true, true, false},
	    {EIO, false, true, true},
	    {ENOENT, false, false, false},
	    {EACCES, false, false, false},
	    {0, false, false, false},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		ck_assert_int_eq(storage_may_come_back(rows[i].code, false),
		    rows[i].disk);
		ck_assert_int_eq(storage_may_come_back(rows[i].code, true),
		    rows[i].network);
		ck_assert_int_eq(storage_has_gone(rows[i].code), rows[i].gone);
	}
}
END_TEST

Suite *
storage_suite(void)
{
	Suite *suite = suite_create("storage");
	TCase *tcase = unit_case(suite, "storage");

	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_finds);
	tcase_add_test(tcase, test_errors);
	return suite;
}
