#ifndef COMMON_MAGIC_H
#define COMMON_MAGIC_H

/* Types of file systems (f_type of statfs(2)): those of linux/magic.h, those
 * that the headers of Linux 5.10 lack, and those of file systems outside the
 * kernel, as stat(1) knows them. */

#include <linux/magic.h>

#ifndef CEPH_SUPER_MAGIC
#define CEPH_SUPER_MAGIC 0x00c36400
#endif
#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xff534d42
#endif
#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xfe534d42
#endif

#define BEEGFS_SUPER_MAGIC   0x19830326
#define GPFS_SUPER_MAGIC     0x47504653
#define LUSTRE_SUPER_MAGIC   0x0bd00bd0
#define ORANGEFS_SUPER_MAGIC 0x20030528
#define PANFS_SUPER_MAGIC    0xaad7aaea
#define PARALLELS_MAGIC	     0x7c7c6673
#define VBOXSF_MAGIC	     0x786f4256
#define VMHGFS_MAGIC	     0xbacbacbc

#endif
