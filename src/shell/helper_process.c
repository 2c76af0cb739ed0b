/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The helper process: one loop over its socket and its children. A configuration is read in a child
 * of its own that writes what it found into a memfd and ends with a status of its own; whatever
 * else becomes of it is an error of the configuration, in words.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell/clock.h"
#include "shell/config.h"
#include "shell/helper_internal.h"
#include "shell/privilege.h"

/* Statuses of a parse that came to its end; libraries that call exit use none of them. */
#define PARSE_ACCEPTED 40
#define PARSE_REFUSED 41
#define PARSE_NO_MEMORY 42
#define SOCKET_FD 3 /* all above is closed */

struct process {
	int fd, signal_fd;
	pid_t parser; /* -1: none */
	int memfd;
	bool print, timed_out;
	uint32_t number;
	nsec_t deadline_ns;
	struct actions *actions;
	struct helper_message message; /* the one being read */
};

static void
reply(struct process *p, struct helper_reply *message, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec iov = {.iov_base = message, .iov_len = sizeof(*message)};
	struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *c;

		header.msg_control = control;
		header.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&header);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
		message->has_fd = 1;
	}
	while (sendmsg(p->fd, &header, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static bool
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static void
limit(int resource, uint64_t value)
{
	struct rlimit limits = {.rlim_cur = value, .rlim_max = value};

	(void)setrlimit(resource, &limits); /* lowering is always allowed */
}

/* Signals as a new program expects them. */
static void
reset_signals(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL); /* fails only for signals that cannot be caught */
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child: reads the file, leaves what it found in the memfd. */
__attribute__((noreturn)) static void
parse(const char *file, bool print, int memfd)
{
	struct config_result result = {0};
	bool ok;

	reset_signals();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, "icmpmond-config");
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, HELPER_PARSE_LIMIT_NS / NSEC_PER_SEC);
#if !defined(__SANITIZE_ADDRESS__) /* its shadow takes more than any limit */
	limit(RLIMIT_AS, HELPER_PARSE_MEMORY_BYTES);
#endif
	ok = print ? config_print(file, &result) : config_load(file, &result);
	if (ok && !print)
		ok = write_all(memfd, result.block, result.block_bytes);
	else if (!write_all(memfd, result.text, result.text_bytes))
		_exit(PARSE_NO_MEMORY);
	else
		_exit(ok ? PARSE_ACCEPTED : PARSE_REFUSED);
	_exit(ok ? PARSE_ACCEPTED : PARSE_NO_MEMORY);
}

static void
refuse(struct process *p, const char *why)
{
	struct helper_reply message = {.kind = HELPER_REFUSED, .number = p->number};

	(void)snprintf(message.text, sizeof(message.text), "%s", why);
	reply(p, &message, -1);
}

static void
start_parser(struct process *p, const struct helper_message *message)
{
	p->number = message->request.number;
	p->print = message->request.task == HELPER_TASK_PRINT;
	p->timed_out = false;
	p->memfd = memfd_create("icmpmond-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (p->memfd < 0) {
		refuse(p, "the configuration was not read: no memory file can be made");
		return;
	}
	p->parser = fork();
	if (p->parser == 0)
		parse(message->strings, p->print, p->memfd);
	if (p->parser < 0) {
		(void)close(p->memfd); /* empty */
		refuse(p, "the configuration was not read: no process can be started for it");
		return;
	}
	p->deadline_ns = nsec_add(clock_now_ns(), HELPER_PARSE_LIMIT_NS);
}

/* Words for a parse that did not come to its end. */
static void
explain(const struct process *p, int status, char *text, size_t text_bytes)
{
	if (p->timed_out)
		(void)snprintf(text, text_bytes,
		    "the configuration was not read within %lld s: make it smaller",
		    (long long)(HELPER_PARSE_LIMIT_NS / NSEC_PER_SEC));
	else if (WIFEXITED(status) && WEXITSTATUS(status) == PARSE_NO_MEMORY)
		(void)snprintf(text, text_bytes,
		    "the configuration needs more memory than this machine gives");
	else if (WIFSIGNALED(status))
		(void)snprintf(text, text_bytes,
		    "reading the configuration ended by signal %d (%s): this is a defect, please "
		    "report it with the file",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		(void)snprintf(text, text_bytes,
		    "reading the configuration ended with status %d: this is a defect, please "
		    "report it with the file",
		    WIFEXITED(status) ? WEXITSTATUS(status) : status);
}

static void
parser_ended(struct process *p, int status)
{
	int exit_status = WIFEXITED(status) && !p->timed_out ? WEXITSTATUS(status) : -1;
	struct helper_reply message = {.number = p->number};
	struct stat st = {0};

	p->parser = -1;
	if ((exit_status == PARSE_ACCEPTED || exit_status == PARSE_REFUSED) &&
	    fcntl(p->memfd, F_ADD_SEALS,
		F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0 &&
	    fstat(p->memfd, &st) == 0) {
		message.kind = exit_status == PARSE_REFUSED ? HELPER_REFUSED
			       : p->print		    ? HELPER_PRINTED
							    : HELPER_LOADED;
		message.bytes = (uint64_t)st.st_size;
		reply(p, &message, p->memfd);
	} else {
		char text[sizeof(message.text)];

		explain(p, status, text, sizeof(text));
		refuse(p, text);
	}
	(void)close(p->memfd); /* the daemon has its own by now */
}

/* True when the message is whole: as many strings as it says, each with its end. */
static bool
is_whole(const struct helper_message *message, size_t len)
{
	size_t strings = 1, found = 0;

	if (len <= sizeof(message->request))
		return false;
	if (message->request.task == HELPER_TASK_RUN)
		strings += (size_t)message->request.argc + message->request.envc;
	for (size_t i = 0; i < len - sizeof(message->request); i++)
		found += message->strings[i] == '\0';
	return found == strings && ((const char *)message)[len - 1] == '\0' &&
	       message->request.argc <= HELPER_ARGS_MAX && message->request.envc <= HELPER_ENV_MAX;
}

/* One message; false when the daemon has gone. */
static bool
take_message(struct process *p)
{
	struct helper_message *message = &p->message;
	ssize_t n = recv(p->fd, message, sizeof(*message), 0);
	struct helper_reply full = {.kind = HELPER_ACTION_ENDED};

	if (n <= 0)
		return n < 0 && errno == EINTR;
	if (!is_whole(message, (size_t)n))
		return true;
	if (message->request.task != HELPER_TASK_RUN) {
		if (p->parser < 0)
			start_parser(p, message);
		return true;
	}
	if (!actions_add(p->actions, message, (size_t)n)) {
		(void)snprintf(full.text, sizeof(full.text),
		    "an action of %.64s was not run: %d wait already", message->strings,
		    HELPER_ACTIONS_QUEUED_MAX);
		reply(p, &full, -1);
	}
	return true;
}

static void
reap(struct process *p)
{
	struct signalfd_siginfo told;
	int status;
	pid_t pid;

	while (read(p->signal_fd, &told, sizeof(told)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct helper_reply message = {.kind = HELPER_ACTION_ENDED, .status = status};

		if (pid == p->parser)
			parser_ended(p, status);
		else if (actions_reap(
			     p->actions, pid, status, message.text, sizeof(message.text)) &&
			 message.text[0] != '\0')
			reply(p, &message, -1);
	}
}

static int
prepare_signals(void)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2};
	sigset_t children;

	reset_signals();
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN); /* meant for the daemon, whose end ends us */
	(void)sigemptyset(&children);
	(void)sigaddset(&children, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &children, NULL);
	return signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int
wait_ms(nsec_t until_ns)
{
	nsec_t left = nsec_max(until_ns - clock_now_ns(), 0);

	return until_ns == NSEC_NEVER ? -1 : (int)nsec_min(left / NSEC_PER_MSEC + 1, 60000);
}

void
helper_process_run(int fd)
{
	struct process p = {.fd = SOCKET_FD, .parser = -1, .memfd = -1};
	bool going = dup2(fd, SOCKET_FD) == SOCKET_FD;

	(void)close_range(SOCKET_FD + 1, ~0U, 0); /* kernels before 5.9: they stay open, unused */
	(void)fcntl(SOCKET_FD, F_SETFD, FD_CLOEXEC);
	if (privilege_drop() < 0)
		going = false; /* nothing of this needs a privilege, so nothing runs with one */
	p.signal_fd = prepare_signals();
	p.actions = actions_new();
	going = going && p.signal_fd >= 0 && p.actions != NULL;
	while (going) {
		nsec_t wake = actions_step(p.actions, clock_now_ns());
		struct pollfd watched[2] = {
		    {.fd = p.fd, .events = POLLIN}, {.fd = p.signal_fd, .events = POLLIN}};

		if (p.parser > 0)
			wake = nsec_min(wake, p.deadline_ns);
		if (poll(watched, 2, wait_ms(wake)) < 0 && errno != EINTR)
			break;
		if (p.parser > 0 && clock_now_ns() >= p.deadline_ns && !p.timed_out) {
			p.timed_out = true;
			p.deadline_ns = NSEC_NEVER;
			(void)kill(p.parser, SIGKILL); /* it is reaped above */
		}
		reap(&p);
		if (watched[0].revents != 0)
			going = take_message(&p);
	}
	if (p.parser > 0)
		(void)kill(p.parser, SIGKILL);
	if (p.actions != NULL)
		actions_end(p.actions);
	actions_free(p.actions);
}
