/**
 * Names of the system calls that rules on the audit log ask for, for logs that auditd has not enriched.
 * Source: the kernel's system call tables (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h).
 */
const x86 =
  '0 read 1 write 2 open 4 stat 6 lstat 9 mmap 10 mprotect 16 ioctl 21 access 41 socket 42 connect 43 accept 44 sendto 49 bind 50 listen 56 clone 57 fork 58 vfork 59 execve 62 kill 76 truncate 77 ftruncate 82 rename 83 mkdir 84 rmdir 85 creat 86 link 87 unlink 88 symlink 89 readlink 90 chmod 91 fchmod 92 chown 93 fchown 94 lchown 99 sysinfo 101 ptrace 103 syslog 105 setuid 106 setgid 113 setreuid 117 setresuid 132 utime 133 mknod 135 personality 155 pivot_root 161 chroot 164 settimeofday 165 mount 166 umount2 167 swapon 169 reboot 170 sethostname 172 iopl 173 ioperm 175 init_module 176 delete_module 188 setxattr 197 removexattr 227 clock_settime 235 utimes 246 kexec_load 257 openat 258 mkdirat 259 mknodat 260 fchownat 261 futimesat 262 newfstatat 263 unlinkat 264 renameat 265 linkat 266 symlinkat 267 readlinkat 268 fchmodat 269 faccessat 272 unshare 280 utimensat 288 accept4 304 open_by_handle_at 308 setns 310 process_vm_readv 311 process_vm_writev 313 finit_module 316 renameat2 319 memfd_create 320 kexec_file_load 321 bpf 322 execveat 323 userfaultfd 332 statx 435 clone3 437 openat2 439 faccessat2';
const generic =
  '5 setxattr 14 removexattr 29 ioctl 33 mknodat 34 mkdirat 35 unlinkat 36 symlinkat 37 linkat 38 renameat 39 umount2 40 mount 41 pivot_root 45 truncate 46 ftruncate 48 faccessat 51 chroot 52 fchmod 53 fchmodat 54 fchownat 55 fchown 56 openat 63 read 64 write 78 readlinkat 79 newfstatat 88 utimensat 92 personality 97 unshare 104 kexec_load 105 init_module 106 delete_module 112 clock_settime 116 syslog 117 ptrace 129 kill 142 reboot 144 setgid 145 setreuid 146 setuid 147 setresuid 161 sethostname 170 settimeofday 179 sysinfo 198 socket 200 bind 201 listen 202 accept 203 connect 206 sendto 220 clone 221 execve 222 mmap 224 swapon 226 mprotect 242 accept4 265 open_by_handle_at 268 setns 270 process_vm_readv 271 process_vm_writev 273 finit_module 276 renameat2 279 memfd_create 280 bpf 281 execveat 282 userfaultfd 291 statx 294 kexec_file_load 435 clone3 437 openat2 439 faccessat2';

/** `AUDIT_ARCH_*` of linux/audit.h, as the kernel writes it. */
const tables: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['c000003e', table(x86)],
  ['c00000b7', table(generic)],
  ['c00000f3', table(generic)],
]);

/** The name of a system call (`execve`) from `arch` and `syscall` of a record; undefined when not in the table. */
export function syscallName(arch: unknown, syscall: unknown): string | undefined {
  return typeof arch === 'string' && typeof syscall === 'string' ? tables.get(arch)?.get(syscall) : undefined;
}

function table(list: string): ReadonlyMap<string, string> {
  const words = list.split(' ');
  const names = new Map<string, string>();
  for (let at = 0; at + 1 < words.length; at += 2) names.set(words[at] ?? '', words[at + 1] ?? '');
  return names;
}
