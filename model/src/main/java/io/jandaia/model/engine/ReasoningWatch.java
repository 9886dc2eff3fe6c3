package io.jandaia.model.engine;

/** Follows one answer's reasoning and ends it when its limit is reached. */
final class ReasoningWatch {

    private final ReasoningLimit limit;
    private final StringBuilder text = new StringBuilder();
    private int tokens;
    private int closed;
    private boolean over;

    ReasoningWatch(ReasoningLimit limit) {
        this.limit = limit;
    }

    /** The token that must come next; -1 where any may. */
    int forced() {
        if (closed > 0 && closed < limit.closing().length) {
            return limit.closing()[closed];
        }
        return !over && closed == 0 && reasons() && tokens >= limit.tokens() && limit.closing().length > 0
                ? limit.closing()[0]
                : -1;
    }

    private boolean reasons() {
        String start = limit.start();
        return start == null || text.toString().stripLeading().startsWith(start);
    }

    /** One more token has come. */
    void add(int id, String more) {
        if (closed < limit.closing().length && id == limit.closing()[closed] && (closed > 0 || forced() == id)) {
            closed++;
            over = closed == limit.closing().length;
            return;
        }
        if (over) {
            return;
        }
        tokens++;
        text.append(more);
        String start = limit.start();
        boolean none = start != null
                && !text.toString().stripLeading().startsWith(start)
                && !start.startsWith(text.toString().stripLeading());
        over = none || text.indexOf(limit.end()) >= 0;
        if (over) {
            text.setLength(0);
        }
    }
}
