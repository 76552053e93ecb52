package dev.varve.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class UpkeepThreadTest {

    /** It would not pause any more, and keep a processor busy for nothing. */
    @Test
    void shouldPauseThoughTheThreadWasInterrupted() throws InterruptedException {
        AtomicInteger steps = new AtomicInteger();
        List<Thread> made = new ArrayList<>();
        UpkeepThread upkeep =
                new UpkeepThread(
                        work -> {
                            Thread thread = new Thread(work);
                            made.add(thread);
                            return thread;
                        },
                        () -> steps.incrementAndGet() < 0);
        upkeep.start();
        try {
            made.getFirst().interrupt();
            int before = steps.get();
            Thread.sleep(300);
            assertTrue(steps.get() - before < 20, () -> steps.get() - before + " steps");
        } finally {
            upkeep.close();
        }
    }
}
