/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The helper process: one loop over its socket, its signals, and the output of its children. It
 * does nothing itself that could block, fail or hang; that is its children's part. It refuses to
 * know what they do.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell/clock.h"
#include "shell/helper_internal.h"
#include "shell/privilege.h"

/* Tunables.
 * END_TERM_NS  at the end: from SIGTERM to SIGKILL for the actions that run
 * END_NS       then it ends itself, whatever is left
 * REQUESTS     taken at once, before children are looked after again
 * CLOSE_MAX    descriptors closed one by one, where the kernel has no close_range(2) */
#define END_TERM_NS (500 * NSEC_PER_MSEC)
#define END_NS (800 * NSEC_PER_MSEC)
#define REQUESTS 16
#define CLOSE_MAX 65536
#define SOCKET_FD 3 /* all above is closed */

enum { POLL_SOCKET, POLL_SIGNALS, POLL_OUTPUTS, POLL_COUNT = POLL_OUTPUTS + HELPER_ACTIONS_MAX };

struct process {
	struct helper_limits limits;
	pid_t daemon;
	int fd, signal_fd;
	bool ending;
	nsec_t end_ns;
	struct helper_parse parse;
	struct helper_running actions[HELPER_ACTIONS_MAX];
	struct helper_message message; /* the one being taken */
};

void
helper_child_begin(pid_t parent)
{
	sigset_t none;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(EXIT_FAILURE); /* it has ended before it could be asked for */
	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL); /* refused for those that cannot be changed */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Leaves 0 to 2 on /dev/null and the socket on 3. */
static void
close_all_but(int fd)
{
	int null = open("/dev/null", O_RDWR);
	struct rlimit files;

	for (int i = 0; i < SOCKET_FD && null >= 0; i++)
		(void)dup2(null, i);
	(void)dup2(fd, SOCKET_FD);
	(void)fcntl(SOCKET_FD, F_SETFD, FD_CLOEXEC);
	if (close_range(SOCKET_FD + 1, ~0U, 0) == 0 || getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	for (int i = SOCKET_FD + 1; i < CLOSE_MAX && (rlim_t)i < files.rlim_cur; i++)
		(void)close(i);
}

/* All signals stay blocked: those that are meant for the daemon (a terminal's, a reload's, the
 * SIGTERM that a service manager sends to the whole unit) must not end the helper first. */
static int
begin(struct process *p, int fd)
{
	sigset_t heard;

	/* Nor do a terminal's keys reach it. Fails for the leader of a group, which we are not. */
	(void)setsid();
	(void)prctl(PR_SET_NAME, "icmpmond-helper", 0, 0, 0);
	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL); /* refused for those that cannot be changed */
	close_all_but(fd);
	p->fd = SOCKET_FD;
	if (privilege_drop() < 0)
		return HELPER_EXIT_PRIVILEGES; /* nothing of this needs any */
	/* What children leave behind becomes ours, and is reaped. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	(void)sigemptyset(&heard);
	(void)sigaddset(&heard, SIGCHLD);
	(void)sigaddset(&heard, SIGTERM);
	p->signal_fd = signalfd(-1, &heard, SFD_NONBLOCK | SFD_CLOEXEC);
	return p->signal_fd < 0 ? HELPER_EXIT_SIGNALS : 0;
}

static void
end(struct process *p)
{
	nsec_t now_ns = clock_now_ns();

	if (p->ending)
		return;
	p->ending = true;
	p->end_ns = nsec_add(now_ns, END_NS);
	if (p->parse.pid > 0)
		(void)kill(p->parse.pid, SIGKILL);
	for (int i = 0; i < HELPER_ACTIONS_MAX; i++)
		helper_action_terminate(&p->actions[i], nsec_add(now_ns, END_TERM_NS));
}

static bool
has_children(const struct process *p)
{
	bool has = p->parse.pid > 0;

	for (int i = 0; i < HELPER_ACTIONS_MAX; i++)
		has = has || p->actions[i].pid > 0;
	return has;
}

static bool
send_reply(const struct process *p, struct helper_reply *reply, int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(fd))] = {0};
	struct iovec iov = {.iov_base = reply, .iov_len = sizeof(*reply)};
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
	}
	return sendmsg(p->fd, &header, MSG_NOSIGNAL) >= 0;
}

/* Answers keep their place until the daemon takes them. True: some still wait. */
static bool
send_replies(struct process *p)
{
	if (p->parse.answered) {
		if (!send_reply(p, &p->parse.reply, p->parse.memfd))
			return true;
		helper_parse_clear(&p->parse);
	}
	for (int i = 0; i < HELPER_ACTIONS_MAX; i++) {
		struct helper_running *a = &p->actions[i];

		if (a->started) {
			struct helper_reply started = {.kind = HELPER_ACTION_STARTED,
			    .number = a->reply.number,
			    .status = a->pid};

			if (!send_reply(p, &started, -1))
				return true;
			a->started = false;
		}
		if (!a->answered)
			continue;
		if (!send_reply(p, &a->reply, -1))
			return true;
		helper_action_clear(a);
	}
	return false;
}

/* True when the message is whole: as many strings as it says, each with its end. */
static bool
is_whole(const struct helper_message *message, size_t bytes)
{
	const struct helper_request *r = &message->request;
	size_t wanted = 1, found = 0;

	if (bytes <= sizeof(*r) || message->strings[bytes - sizeof(*r) - 1] != '\0')
		return false;
	if (r->task == HELPER_TASK_RUN) {
		if (r->argc == 0 || r->argc > HELPER_ARGS_MAX || r->envc > HELPER_ENV_MAX)
			return false;
		wanted += r->argc + r->envc;
	}
	for (size_t i = 0; i < bytes - sizeof(*r); i++)
		found += message->strings[i] == '\0';
	return found == wanted;
}

static void
start(struct process *p)
{
	if (p->message.request.task != HELPER_TASK_RUN) {
		if (p->parse.pid == 0 && !p->parse.answered)
			helper_parse_start(&p->parse, &p->message, &p->limits);
		return;
	}
	for (int i = 0; i < HELPER_ACTIONS_MAX; i++) {
		struct helper_running *a = &p->actions[i];

		if (a->pid != 0 || a->answered)
			continue;
		helper_action_start(a, &p->message, clock_now_ns(), &p->limits);
		return;
	}
}

/* The daemon asks for no more at once than there is room for. */
static void
take_requests(struct process *p)
{
	for (int i = 0; i < REQUESTS; i++) {
		ssize_t n = recv(p->fd, &p->message, sizeof(p->message), 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			end(p); /* the daemon has gone, or wants us to */
			return;
		}
		if (is_whole(&p->message, (size_t)n))
			start(p);
	}
}

/* A child ended; it is a zombie still, so its number is nobody else's. */
static void
reap_one(struct process *p, pid_t pid)
{
	struct helper_running *action = NULL;
	int status;

	for (int i = 0; i < HELPER_ACTIONS_MAX; i++) {
		if (p->actions[i].pid == pid)
			action = &p->actions[i];
	}
	if (action != NULL)
		(void)kill(-pid, SIGKILL); /* what it left running in its group */
	if (waitpid(pid, &status, 0) != pid)
		return;
	if (action != NULL)
		helper_action_ended(action, status, &p->limits);
	else if (pid == p->parse.pid)
		helper_parse_ended(&p->parse, status, &p->limits);
}

static void
take_signals(struct process *p)
{
	struct signalfd_siginfo signal_info;
	siginfo_t child;

	while (read(p->signal_fd, &signal_info, sizeof(signal_info)) > 0) {
		if (signal_info.ssi_signo == SIGTERM && getppid() != p->daemon)
			end(p);
	}
	for (;;) {
		child.si_pid = 0;
		if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) < 0 || child.si_pid == 0)
			return;
		reap_one(p, child.si_pid);
	}
}

static nsec_t
step(struct process *p)
{
	nsec_t now_ns = clock_now_ns(), wake_ns = helper_parse_step(&p->parse, now_ns);

	for (int i = 0; i < HELPER_ACTIONS_MAX; i++)
		wake_ns = nsec_min(wake_ns, helper_action_step(&p->actions[i], now_ns, &p->limits));
	return p->ending ? nsec_min(wake_ns, p->end_ns) : wake_ns;
}

static int
wait_ms(nsec_t until_ns)
{
	nsec_t left_ns = nsec_max(nsec_sub(until_ns, clock_now_ns()), 0);

	return until_ns == NSEC_NEVER ? -1 : (int)nsec_min(left_ns / NSEC_PER_MSEC + 1, 60000);
}

static void
turn(struct process *p)
{
	bool waiting = !p->ending && send_replies(p);
	struct pollfd fds[POLL_COUNT];
	nsec_t wake_ns = step(p);

	fds[POLL_SOCKET] = (struct pollfd){
	    .fd = p->ending ? -1 : p->fd, .events = waiting ? POLLIN | POLLOUT : POLLIN};
	fds[POLL_SIGNALS] = (struct pollfd){.fd = p->signal_fd, .events = POLLIN};
	for (int i = 0; i < HELPER_ACTIONS_MAX; i++)
		fds[POLL_OUTPUTS + i] = (struct pollfd){
		    .fd = p->actions[i].pid > 0 ? p->actions[i].output_fd : -1, .events = POLLIN};
	if (poll(fds, POLL_COUNT, wait_ms(wake_ns)) < 0)
		return;
	for (int i = 0; i < HELPER_ACTIONS_MAX; i++) {
		if (fds[POLL_OUTPUTS + i].revents != 0)
			helper_action_listen(&p->actions[i]);
	}
	if (fds[POLL_SIGNALS].revents != 0)
		take_signals(p);
	if ((fds[POLL_SOCKET].revents & ~POLLOUT) != 0)
		take_requests(p);
}

void
helper_process(int fd, pid_t daemon, const struct helper_limits *limits)
{
	struct process *p = calloc(1, sizeof(*p));
	int status;

	if (p == NULL)
		_exit(HELPER_EXIT_MEMORY);
	p->limits = *limits;
	p->daemon = daemon;
	p->parse.memfd = -1;
	for (int i = 0; i < HELPER_ACTIONS_MAX; i++)
		p->actions[i].output_fd = -1;
	status = begin(p, fd);
	if (getppid() != daemon)
		status = EXIT_FAILURE; /* it has ended before it could be asked for */
	while (status == 0 && !(p->ending && !has_children(p)) &&
	       !(p->ending && clock_now_ns() >= p->end_ns))
		turn(p);
	for (int i = 0; i < HELPER_ACTIONS_MAX; i++) {
		if (p->actions[i].pid > 0)
			(void)kill(-p->actions[i].pid, SIGKILL);
	}
	free(p);
	_exit(status);
}
