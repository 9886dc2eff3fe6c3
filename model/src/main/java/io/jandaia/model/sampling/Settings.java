package io.jandaia.model.sampling;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What somebody set about generation, checked; the rest is left to others. Unchangeable. */
public final class Settings {

    public static final Settings NONE = new Settings(Map.of());

    private final Map<Setting<?>, Object> values;

    private Settings(Map<Setting<?>, Object> values) {
        this.values = values;
    }

    /**
     * These with one more.
     *
     * @throws io.jandaia.error.JandaiaException USAGE when the setting may not have this value
     */
    public <T> Settings with(Setting<T> setting, T value) {
        setting.check(value);
        Map<Setting<?>, Object> more = new LinkedHashMap<>(values);
        more.put(setting, value);
        return new Settings(more);
    }

    public Settings without(Setting<?> setting) {
        Map<Setting<?>, Object> less = new LinkedHashMap<>(values);
        less.remove(setting);
        return new Settings(less);
    }

    /** Whether somebody set it. */
    public boolean has(Setting<?> setting) {
        return values.containsKey(setting);
    }

    @SuppressWarnings("unchecked") // with() puts only a T under a Setting<T>
    public <T> T get(Setting<T> setting) {
        Object value = values.get(setting);
        return value == null ? setting.otherwise() : (T) value;
    }

    /** These, and where they are silent the others. */
    public Settings over(Settings others) {
        Map<Setting<?>, Object> both = new LinkedHashMap<>(others.values);
        both.putAll(values);
        return new Settings(both);
    }

    /** What is set. */
    public Set<Setting<?>> keys() {
        return values.keySet();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Settings s && values.equals(s.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
