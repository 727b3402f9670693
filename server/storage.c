/*
 * The types are those that coreutils takes for remote, except overlayfs and
 * cluster file systems on a block device, whose cache is always right.
 */

#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <errno.h>
#include <stddef.h>

#include "common/magic.h"
#include "server/storage.h"

static const struct {
	uint32_t type;
	const char *name;
} networks[] = {
    {NFS_SUPER_MAGIC, "NFS"},
    {FUSE_SUPER_MAGIC, "FUSE"},
    {CEPH_SUPER_MAGIC, "CephFS"},
    {SMB2_SUPER_MAGIC, "SMB"},
    {CIFS_SUPER_MAGIC, "SMB"},
    {SMB_SUPER_MAGIC, "SMB"},
    {V9FS_MAGIC, "9P"},
    {LUSTRE_SUPER_MAGIC, "Lustre"},
    {AFS_SUPER_MAGIC, "AFS"},
    {AFS_FS_MAGIC, "AFS"},
    {CODA_SUPER_MAGIC, "Coda"},
    {GPFS_SUPER_MAGIC, "GPFS"},
    {BEEGFS_SUPER_MAGIC, "BeeGFS"},
    {ORANGEFS_SUPER_MAGIC, "OrangeFS"},
    {PANFS_SUPER_MAGIC, "PanFS"},
    {NCP_SUPER_MAGIC, "NCP"},
    {VBOXSF_MAGIC, "a VirtualBox shared folder"},
    {VMHGFS_MAGIC, "a VMware shared folder"},
    {PARALLELS_MAGIC, "a Parallels shared folder"},
};

const char *
storage_network_name(uint32_t type)
{
	size_t i;

	for (i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		if (networks[i].type == type)
			return networks[i].name;
	return NULL;
}

const char *
storage_find_network(int fd, dev_t device)
{
	struct statfs kind;

	if (major(device) != 0)
		return NULL;
	if (fstatfs(fd, &kind) != 0)
		return "a file system of unknown type";
	/* f_type is signed, and wider than the number, on some machines. */
	return storage_network_name((uint32_t)kind.f_type);
}

bool
storage_may_come_back(int code, bool on_network)
{
	switch (code) {
	case ESTALE:	   /* the server has replaced or removed the file */
	case ENOTCONN:	   /* the daemon of FUSE has gone, or lost its server */
	case ESHUTDOWN:	   /* CephFS was cut off */
	case ETIMEDOUT:	   /* NFS with softerr */
	case EHOSTDOWN:	   /* SMB */
	case ECONNABORTED: /* the daemon of FUSE goes at this moment */
		return true;
	default:
		return code == EIO && on_network;
	}
}

bool
storage_has_gone(int code)
{
	return code == ENOTCONN || code == ESTALE || code == ESHUTDOWN ||
	    code == EIO;
}
