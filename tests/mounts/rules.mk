# A FUSE file system of the tests' own. Without libfuse3 it is not built, and
# the tests that mount it say that they are skipped.
FUSE_LIBS = $(call once,FUSE_LIBS,$(PKG_CONFIG) --libs fuse3 2>/dev/null)
AILING = $(if $(FUSE_LIBS),$(O)/tests/ailing)

$(O)/tests/ailing: $(call obj,tests/mounts/ailing.c)
	$(link) $(FUSE_LIBS)
