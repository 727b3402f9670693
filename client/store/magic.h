#ifndef CLIENT_STORE_MAGIC_H
#define CLIENT_STORE_MAGIC_H

/* Types of file systems (statfs(2)), with those that the headers of Linux 5.10
 * lack. */

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

#endif
