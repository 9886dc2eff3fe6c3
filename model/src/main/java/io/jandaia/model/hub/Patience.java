package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** How often and when to try again: pauses that double and differ, or what the server asks for; not forever. */
final class Patience {

    private static final int MAX_DOUBLINGS = 5;
    private static final Duration SAID = Duration.ofSeconds(3);

    private final Pace pace;
    private final String what;
    private final Consumer<String> notices;
    private int failures;

    /**
     * Patience with one thing.
     *
     * @param what is tried, for messages: "fetch model.safetensors of org/name"
     * @param notices hears of pauses that a person would wonder about
     */
    Patience(Pace pace, String what, Consumer<String> notices) {
        this.pace = pace;
        this.what = what;
        this.notices = notices;
    }

    /** Something came through: patience is restored. */
    void progress() {
        failures = 0;
    }

    /** Waits before the next attempt; throws when it is time to give up. */
    void afterFailure(IOException e) throws InterruptedException {
        failures++;
        Duration asked = e instanceof Transient t ? t.pause() : null;
        boolean hopeless = e instanceof SSLException;
        if (hopeless || failures >= pace.attempts() || (asked != null && asked.compareTo(Pace.LONGEST_PAUSE) > 0)) {
            throw new JandaiaException(JandaiaException.Kind.RESOURCE, sentence(e, asked), e);
        }
        double factor = Math.scalb(1.0, Math.min(failures - 1, MAX_DOUBLINGS))
                * ThreadLocalRandom.current().nextDouble(0.5, 1);
        Duration own = Duration.ofNanos((long) (pace.pause().toNanos() * factor));
        Duration pause = asked != null && asked.compareTo(own) > 0 ? asked : own;
        if (pause.compareTo(SAID) > 0) {
            notices.accept(
                    "Cannot " + what + ": " + reason(e) + "; trying again in " + pause.toSeconds() + " seconds.");
        }
        Thread.sleep(pause);
    }

    private String sentence(IOException e, @Nullable Duration asked) {
        String tries = failures == 1 ? "" : " after " + failures + " attempts";
        String next = asked != null && asked.compareTo(Pace.LONGEST_PAUSE) > 0
                ? "; try again in " + asked.toSeconds() + " seconds."
                : "; what came is kept, and the same command goes on from there.";
        return "Cannot " + what + tries + ": " + reason(e) + next;
    }

    /** What happened, without Java's names for it. */
    static String reason(IOException e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof UnresolvedAddressException || t instanceof UnknownHostException) {
                return "its host is not known; is there a network?";
            }
            if (t instanceof HttpConnectTimeoutException) {
                return "there was no connection in time; is there a network?";
            }
            if (t instanceof HttpTimeoutException) {
                return "there was no answer in time";
            }
            if (t instanceof ConnectException) {
                return "there is no connection to it; is there a network?";
            }
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
