include server/store.mk
