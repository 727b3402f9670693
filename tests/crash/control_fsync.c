/* Control: the client does not wait for the disk. */

int __wrap_fsync(int fd);
int __wrap_syncfs(int fd);

int
__wrap_fsync(int fd)
{
	(void)fd;
	return 0;
}

int
__wrap_syncfs(int fd)
{
	(void)fd;
	return 0;
}
