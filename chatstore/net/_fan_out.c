/* fan_out() of fan_out.py as one loop, which lets go of the GIL once for each 256 sockets.

   It sends only where Outbox.send() would do nothing but send: where nothing waits, no layer translates, and the
   connection is not dead. Everybody else it leaves to their own send(). It asks, sends and settles under the outbox's
   lock. So nobody overtakes it, and the socket's file descriptor can be neither closed nor given to another connection
   meanwhile: Outbox.stop() comes before that, and takes the lock. It never waits for a lock: while somebody else has
   it, as when the same outbox comes twice, the connection gets its piece afterwards, by its own send(). */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* Python ignores SIGPIPE */
#endif

#define AT_ONCE 256

typedef struct {
    PyObject *outbox;
    PyObject *lock;
    int fd;
    int error; /* errno, if `sent` is -1 */
    ssize_t sent;
} Target;

static PyObject *outbox_class; /* Outbox, */
static PyObject *outbox_send;  /* its function send, */
static PyMethodDef *compiled;  /* and what that is made of, if mypyc has compiled it */
static PyObject *s_acquire, *s_dead, *s_die, *s_fileno, *s_leave_over, *s_lock, *s_release, *s_socket, *s_waiting,
    *s_wrap;

/* The outbox whose send() this is, borrowed; NULL if it is anything else. */
static PyObject *
outbox_of(PyObject *send)
{
    PyObject *owner = NULL;

    if (PyMethod_Check(send) && PyMethod_GET_FUNCTION(send) == outbox_send)
        owner = PyMethod_GET_SELF(send);
    else if (compiled != NULL && PyCFunction_Check(send) && ((PyCFunctionObject *)send)->m_ml == compiled)
        owner = PyCFunction_GET_SELF(send);
    return owner != NULL && (PyObject *)Py_TYPE(owner) == outbox_class ? owner : NULL;
}

static void
release(PyObject *lock)
{
    PyObject *type, *value, *traceback, *done;

    PyErr_Fetch(&type, &value, &traceback);
    if ((done = PyObject_CallMethodNoArgs(lock, s_release)) == NULL)
        PyErr_WriteUnraisable(lock);
    Py_XDECREF(done);
    PyErr_Restore(type, value, traceback);
}

/* Whether an attribute of an object is true; -1 if there is an error. */
static int
is_true(PyObject *object, PyObject *name)
{
    PyObject *value = PyObject_GetAttr(object, name);
    int truth = value == NULL ? -1 : PyObject_IsTrue(value);
    Py_XDECREF(value);
    return truth;
}

/* Whether data can go right to the outbox's socket, whose number comes into `fd`; -1 if there is an error. */
static int
is_open(PyObject *outbox, int *fd)
{
    PyObject *wrap, *sock, *number;
    int no, plain;

    if ((no = is_true(outbox, s_dead)) || (no = is_true(outbox, s_waiting)))
        return no < 0 ? -1 : 0;
    if ((wrap = PyObject_GetAttr(outbox, s_wrap)) == NULL)
        return -1;
    plain = wrap == Py_None;
    Py_DECREF(wrap);
    if (!plain)
        return 0;
    if ((sock = PyObject_GetAttr(outbox, s_socket)) == NULL)
        return -1;
    number = PyObject_CallMethodNoArgs(sock, s_fileno);
    Py_DECREF(sock);
    if (number == NULL)
        return -1;
    *fd = (int)PyLong_AsLong(number);
    Py_DECREF(number);
    return *fd == -1 && PyErr_Occurred() ? -1 : 1;
}

/* Lock the outbox if data can go right to its socket: 1, with a filled target. 0 if not, -1 if there is an error. */
static int
take(PyObject *outbox, Target *target)
{
    PyObject *lock, *locked;
    int open = 0;

    if ((lock = PyObject_GetAttr(outbox, s_lock)) == NULL)
        return -1;
    if ((locked = PyObject_CallMethodOneArg(lock, s_acquire, Py_False)) == NULL)
        open = -1;
    else if (locked == Py_True && (open = is_open(outbox, &target->fd)) != 1)
        release(lock);
    Py_XDECREF(locked);
    if (open != 1) {
        Py_DECREF(lock);
        return open;
    }
    target->outbox = outbox;
    target->lock = lock;
    return 1;
}

static void
send_to_all(Target *targets, int count, const char *bytes, size_t size)
{
    for (Target *target = targets; target < targets + count; target++) {
        do
            target->sent = send(target->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        while (target->sent < 0 && errno == EINTR);
        target->error = target->sent < 0 ? errno : 0;
    }
}

/* Tell the outbox what the socket did not take, or why it takes nothing any more. */
static int
tell(Target *target, PyObject *data)
{
    PyObject *argument, *done = NULL;

    if (target->error && target->error != EAGAIN && target->error != EWOULDBLOCK) {
        if ((argument = PyUnicode_DecodeLocale(strerror(target->error), "surrogateescape")) != NULL)
            done = PyObject_CallMethodOneArg(target->outbox, s_die, argument);
    } else if ((argument = PyLong_FromSsize_t(target->error ? 0 : target->sent)) != NULL)
        done = PyObject_CallMethodObjArgs(target->outbox, s_leave_over, data, argument, NULL);
    Py_XDECREF(argument);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Tell the outboxes what was not sent, and unlock them, whatever fails. The first error stays set. */
static void
settle(Target *targets, int count, PyObject *data)
{
    PyObject *type, *value, *traceback;

    for (Target *target = targets; target < targets + count; target++) {
        if (target->sent != PyBytes_GET_SIZE(data)) {
            PyErr_Fetch(&type, &value, &traceback);
            if (tell(target, data) < 0 && type != NULL)
                PyErr_WriteUnraisable(target->outbox);
            if (type != NULL)
                PyErr_Restore(type, value, traceback);
        }
        release(target->lock);
        Py_DECREF(target->lock);
    }
}

/* What one_by_one() does. */
static int
call_each(PyObject *const *sends, Py_ssize_t count, PyObject *data)
{
    PyObject *done;

    for (Py_ssize_t i = 0; i < count; i++) {
        if ((done = PyObject_CallOneArg(sends[i], data)) == NULL)
            return -1;
        Py_DECREF(done);
    }
    return 0;
}

/* As much of fan_out() as is done at once. `count` is at most AT_ONCE. */
static int
fan_out_some(PyObject *const *sends, Py_ssize_t count, PyObject *data)
{
    Target targets[AT_ONCE];
    PyObject *others[AT_ONCE], *outbox;
    int taken = 0, rest = 0, open = 0;

    for (Py_ssize_t i = 0; i < count && open >= 0; i++) {
        outbox = outbox_of(sends[i]);
        open = outbox == NULL ? 0 : take(outbox, &targets[taken]);
        if (open > 0)
            targets[taken++].sent = PyBytes_GET_SIZE(data);
        else
            others[rest++] = sends[i];
    }
    if (open >= 0 && taken > 0) {
        Py_BEGIN_ALLOW_THREADS
        send_to_all(targets, taken, PyBytes_AS_STRING(data), (size_t)PyBytes_GET_SIZE(data));
        Py_END_ALLOW_THREADS
    }
    settle(targets, taken, data);
    return PyErr_Occurred() ? -1 : call_each(others, rest, data);
}

static PyObject *
fan_out(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *sends, *data;
    Py_ssize_t count, some;
    int failed = 0;

    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "fan_out(sends, data) takes two arguments");
        return NULL;
    }
    data = args[1];
    /* A tuple of our own: nobody changes it while the GIL is let go of, and it keeps the outboxes alive. */
    if ((sends = PySequence_Tuple(args[0])) == NULL)
        return NULL;
    count = PyTuple_GET_SIZE(sends);
    some = AT_ONCE;
    for (Py_ssize_t i = 0; i < count && !failed; i += some) {
        if (some > count - i)
            some = count - i;
        if (PyBytes_CheckExact(data) && PyBytes_GET_SIZE(data) > 0)
            failed = fan_out_some(&PyTuple_GET_ITEM(sends, i), some, data);
        else
            failed = call_each(&PyTuple_GET_ITEM(sends, i), some, data);
    }
    Py_DECREF(sends);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
prepare(PyObject *Py_UNUSED(module), PyObject *class)
{
    PyObject *function = PyObject_GetAttrString(class, "send");

    if (function == NULL)
        return NULL;
    compiled = Py_IS_TYPE(function, &PyMethodDescr_Type) ? ((PyMethodDescrObject *)function)->d_method : NULL;
    Py_XSETREF(outbox_send, function);
    Py_XSETREF(outbox_class, Py_NewRef(class));
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"fan_out", (PyCFunction)(void (*)(void))fan_out, METH_FASTCALL,
     "fan_out(sends, data)\n--\n\nCall each of these functions with the data."},
    {"prepare", prepare, METH_O, "prepare(outbox)\n--\n\nSay which class Outbox is, before the first fan_out()."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "_fan_out", .m_size = -1, .m_methods = methods};

PyMODINIT_FUNC
PyInit__fan_out(void)
{
    struct {
        PyObject **name;
        const char *text;
    } names[] = {
        {&s_acquire, "acquire"}, {&s_dead, "_dead"},       {&s_die, "_die"},
        {&s_fileno, "fileno"},   {&s_leave_over, "_leave_over"}, {&s_lock, "_lock"},
        {&s_release, "release"}, {&s_socket, "_socket"},   {&s_waiting, "_waiting"},
        {&s_wrap, "_wrap"},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if ((*names[i].name = PyUnicode_InternFromString(names[i].text)) == NULL)
            return NULL;
    return PyModule_Create(&module);
}
