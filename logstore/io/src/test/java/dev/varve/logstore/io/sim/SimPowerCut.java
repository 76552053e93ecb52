package dev.varve.logstore.io.sim;

/**
 * The simulated machine has no power: what any call to a {@link SimDisk} throws from the planned power
 * cut on. An error, so that no code that copes with a failing disk copes with this by accident.
 */
public final class SimPowerCut extends Error {

    private static final long serialVersionUID = 1L;

    SimPowerCut(String message) {
        super(message);
    }
}
