package dev.varve.cli;

import java.io.PrintWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into a request to stop, and waits for the command to
 * end; a second one ends the process at once, which a store survives like any other kill.
 *
 * <p>Works through a shutdown hook, so the exit code is the JVM's: 128 and the signal's number.
 * Made once, by {@link Main}; the hook's thread runs what was registered.
 */
final class SignalStops implements Stops {

    private static final String[] ENDING = {"INT", "TERM", "HUP"};

    private final CountDownLatch ended = new CountDownLatch(1);
    private final PrintWriter err;
    private @Nullable Runnable registered; // guarded by this

    SignalStops(PrintWriter err) {
        this.err = err;
    }

    /** Begins to listen. */
    void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "varve-stop"));
    }

    /** The command has ended and said all that it has to say: nothing to wait for any more. */
    void commandEnded() {
        ended.countDown();
    }

    @Override
    public <T> T during(Supplier<T> work, Runnable stop) {
        register(stop);
        try {
            return work.get();
        } finally {
            register(null);
        }
    }

    private synchronized void register(@Nullable Runnable stop) {
        registered = stop;
    }

    private synchronized boolean request() {
        if (registered == null || ended.getCount() == 0) {
            return false;
        }
        registered.run();
        return true;
    }

    /** The hook: also run when the process ends by itself, and then there is nothing to do. */
    private void stop() {
        if (!request()) {
            return;
        }
        haltOnNextSignal();
        err.println("varve: stopping after the step in progress; a second signal ends it at once");
        err.flush();
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does; then the process ends now
        }
    }

    /**
     * Signals have no interface that is for everybody. The one that every JDK has, in the module
     * jdk.unsupported, is reached by reflection because compilers warn of it; where it is missing a
     * second signal does nothing.
     */
    private static void haltOnNextSignal() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler halt =
                    (proxy, method, arguments) -> {
                        int number = (int) signal.getMethod("getNumber").invoke(arguments[0]);
                        Runtime.getRuntime().halt(128 + number);
                        return null;
                    };
            Object halting =
                    Proxy.newProxyInstance(
                            SignalStops.class.getClassLoader(), new Class<?>[] {handler}, halt);
            for (String name : ENDING) {
                Object known = signal.getConstructor(String.class).newInstance(name);
                signal.getMethod("handle", signal, handler).invoke(null, known, halting);
            }
        } catch (ReflectiveOperationException e) {
            // No such signal on this system, or no such class: SIGKILL is as safe.
            return;
        }
    }
}
