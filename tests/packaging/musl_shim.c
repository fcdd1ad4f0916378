/* What Debian's libstdc++ and libgcc_s, which are made for glibc, ask of the C library that musl's
 * does not have. For the test alone: where musl is the C library both are made for it (Alpine:
 * apk add libstdc++). Takes the place of glibc's loader, which they name as a library. */
typedef unsigned long size_t;

char __libc_single_threaded = 0;

long getrandom(void *buffer, size_t size, unsigned flags);
unsigned arc4random(void) {
  unsigned value = 0;
  getrandom(&value, sizeof value, 0);
  return value;
}

size_t strftime_l(char *, size_t, const char *, const void *, void *);
size_t __strftime_l(char *to, size_t size, const char *format, const void *time, void *locale) {
  return strftime_l(to, size, format, time, locale);
}

/* Not found: the unwinder then asks dl_iterate_phdr, as it does on musl. */
int _dl_find_object(void *address, void *result) {
  (void)address, (void)result;
  return -1;
}

/* Destructors of threads are not run; no thread of the daemon ends before it. */
int __cxa_thread_atexit_impl(void (*destructor)(void *), void *object, void *handle) {
  (void)destructor, (void)object, (void)handle;
  return 0;
}

int __cpu_indicator_init(void) { return 0; }
unsigned __cpu_model[4];

unsigned long getauxval(unsigned long type);
unsigned long __getauxval(unsigned long type) { return getauxval(type); }
