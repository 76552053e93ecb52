package dev.varve.jmh.peers;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.openhft.chronicle.core.analytics.AnalyticsFacade;
import org.junit.jupiter.api.Test;

/** Chronicle can report its use over the network; nothing of that may be in reach. */
final class TelemetryTest {

    @Test
    void shouldNotHaveTheSenderOnTheClassPath() {
        assertThrows(
                ClassNotFoundException.class,
                () -> Class.forName("net.openhft.chronicle.analytics.Analytics"));
        assertFalse(System.getProperty("java.class.path").contains("chronicle-analytics"));
    }

    @Test
    void shouldFindItSwitchedOff() {
        assertTrue(
                Peer.CHRONICLE_MAP.flags().contains("-Dchronicle.analytics.disable=true"),
                () -> Peer.CHRONICLE_MAP.flags().toString());
        assertFalse(AnalyticsFacade.isEnabled());
    }
}
