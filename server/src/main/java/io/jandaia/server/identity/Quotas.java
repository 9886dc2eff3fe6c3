package io.jandaia.server.identity;

import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Holds keys to their limits. A request is let in while something is left, and is charged with the tokens that it really had
 * when it ends; so the last one may go beyond the limit, and none is refused for what it might use. Months are read from
 * the store now and then, so that they hold for all servers that share it.
 */
public final class Quotas {

    private static final long REREAD_MILLIS = 5000;

    private final UsageStore store;
    private final UsageLog log;
    private final Clock clock;
    private final Map<String, Account> accounts = new ConcurrentHashMap<>();

    private static final class Account {
        final Window requests = new Window();
        final Window tokens = new Window();
        LocalDate month = LocalDate.EPOCH;
        Usage stored = Usage.NONE;
        Usage since = Usage.NONE;
        long read;
    }

    /**
     * Why a request must wait.
     *
     * @param what the limit, for people
     * @param seconds after which it makes sense to try again
     */
    public record Refusal(String what, long limit, long seconds) {}

    /** What is left of a limit per minute; negative for no limit. */
    public record Left(long requestLimit, long requests, long tokenLimit, long tokens, int resetSeconds) {}

    public Quotas(UsageStore store, UsageLog log, Clock clock) {
        this.store = store;
        this.log = log;
        this.clock = clock;
    }

    /** Lets a request in and counts it; null, or why not. */
    public @Nullable Refusal enter(Caller caller) {
        Limits l = caller.limits();
        if (l.equals(Limits.NONE)) {
            return null;
        }
        Account a = accounts.computeIfAbsent(caller.id(), id -> new Account());
        synchronized (a) {
            long now = clock.millis() / 1000;
            if (l.requestsPerMinute() > 0 && a.requests.sum(now) >= l.requestsPerMinute()) {
                return new Refusal(
                        "requests per minute", l.requestsPerMinute(), a.requests.until(l.requestsPerMinute(), now));
            }
            if (l.tokensPerMinute() > 0 && a.tokens.sum(now) >= l.tokensPerMinute()) {
                return new Refusal("tokens per minute", l.tokensPerMinute(), a.tokens.until(l.tokensPerMinute(), now));
            }
            if (l.requestsPerMonth() > 0 || l.tokensPerMonth() > 0) {
                Usage month = month(caller, a);
                if (l.requestsPerMonth() > 0 && month.requests() >= l.requestsPerMonth()) {
                    return new Refusal("requests per month", l.requestsPerMonth(), nextMonth());
                }
                if (l.tokensPerMonth() > 0 && month.tokens() >= l.tokensPerMonth()) {
                    return new Refusal("tokens per month", l.tokensPerMonth(), nextMonth());
                }
            }
            a.requests.add(1, now);
            a.since = a.since.plus(new Usage(1, 0, 0, 0, 0));
            return null;
        }
    }

    private Usage month(Caller caller, Account a) {
        LocalDate first = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).withDayOfMonth(1);
        if (!first.equals(a.month) || clock.millis() - a.read > REREAD_MILLIS) {
            if (log.flush()) {
                a.stored = store.since(first, caller.id());
                a.since = Usage.NONE;
                a.read = clock.millis();
                a.month = first;
            }
        }
        return a.stored.plus(a.since);
    }

    private long nextMonth() {
        LocalDate next = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC)
                .withDayOfMonth(1)
                .plusMonths(1);
        return Math.max(
                1,
                next.atStartOfDay().toEpochSecond(ZoneOffset.UTC)
                        - clock.instant().getEpochSecond());
    }

    /** Charges what a request has used. */
    public void charge(Caller caller, long tokens) {
        if (!caller.limits().equals(Limits.NONE)) {
            Account a = accounts.computeIfAbsent(caller.id(), id -> new Account());
            synchronized (a) {
                a.tokens.add(tokens, clock.millis() / 1000);
                a.since = a.since.plus(new Usage(0, tokens, 0, 0, 0));
            }
        }
    }

    /** What is left of a key's minute. */
    public Left left(Caller caller) {
        Limits l = caller.limits();
        Account a = accounts.computeIfAbsent(caller.id(), id -> new Account());
        synchronized (a) {
            long now = clock.millis() / 1000;
            return new Left(
                    l.requestsPerMinute(),
                    Math.max(0, l.requestsPerMinute() - a.requests.sum(now)),
                    l.tokensPerMinute(),
                    Math.max(0, l.tokensPerMinute() - a.tokens.sum(now)),
                    60);
        }
    }
}
