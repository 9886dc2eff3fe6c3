package io.jandaia.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The language, feature by feature. The expected texts and errors are what transformers 5.18 with Jinja2 3.1.6 on Python
 * 3.11 gives for the same template and messages.
 */
class JinjaTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-23T10:30:00Z"), ZoneOffset.UTC);

    private static final List<Message> MESSAGES = List.of(
            Message.system("Be brief."),
            Message.user("Olá <b> \"x\"\n🙂"),
            Message.assistant("4").with("name", "bot"));

    /** A template with what it renders, or with the kind of its error and a part of the message. */
    record Case(String template, String expected, @Nullable Kind error) {
        @Override
        public String toString() {
            return template;
        }
    }

    private static Case c(String template, String expected) {
        return new Case(template, expected, null);
    }

    private static Case e(String template, Kind kind, String part) {
        return new Case(template, part, kind);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void rendersAsTheReference(Case given) {
        if (given.error() == null) {
            assertThat(render(given.template())).isEqualTo(given.expected());
            return;
        }
        JandaiaException error = catchThrowableOfType(JandaiaException.class, () -> render(given.template()));
        assertThat(error).as("an error").isNotNull();
        assertThat(error.kind()).isEqualTo(given.error());
        assertThat(error).hasMessageContaining("line ").hasMessageContaining(given.expected());
    }

    private static String render(String template) {
        return ChatTemplate.of(template, CLOCK, Limits.DEFAULT)
                .render(MESSAGES, Inputs.NONE)
                .text();
    }

    static Stream<Case> cases() {
        return Stream.of(
                        whitespace(),
                        literals(),
                        numbers(),
                        strings(),
                        collections(),
                        undefined(),
                        control(),
                        macros(),
                        filters(),
                        tojson(),
                        tests(),
                        helpers(),
                        scopes(),
                        errors())
                .flatMap(List::stream);
    }

    private static List<Case> whitespace() {
        return List.of(
                c("a\n{% if true %}\nb\n{% endif %}\nc\n", "a\nb\nc"),
                c("  {% if true %}  x  {% endif %}  \n  y", "  x    \n  y"),
                c("a  {%- if true -%}  b  {%- endif -%}  c", "abc"),
                c("a  {%+ if true +%}\nb{% endif %}", "a  \nb"),
                c("  {# c #}\n  x {#- d -#}  y", "  xy"),
                c("{{ 1 -}}   {{- 2 }}\n\n", "12\n"),
                c("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
                c("  {%- raw -%}  {% y %} {%- endraw -%}  z", "{% y %}z"),
                c("a{% raw %}\n b\n {% endraw %}\nc", "a\n b\nc"),
                c("\n\n{{ 'x' }}\n\n", "\n\nx\n"),
                c("x\r\ny\rz\r\n", "x\ny\nz"),
                c("{{ '{{' }}{{ {'a': {'b': 1}}}}", "{{{'a': {'b': 1}}"),
                c("text {% set x = 1 %}\n  {% set y = 2 %}  \n{{ x + y }}", "text   \n3"));
    }

    private static List<Case> literals() {
        return List.of(
                c(
                        "{{ 1_000 }} {{ 0x1F }} {{ 0b101 }} {{ 0o17 }} {{ 1.5e3 }} {{ 1e-7 }} {{ 12345678901234567890 * 3 }}",
                        "1000 31 5 15 1500.0 1e-07 37037036703703703670"),
                c("{{ 'a' 'b' \"c\" }} {{ '\\n\\t\\x41\\u00e9\\'\\q' }}", "abc \n\tAé'\\q"),
                c(
                        "{{ [1, 'a', none, true, 2.0] }} {{ (1,) }} {{ () }} {{ {'k': [1], 2: \"it's\"} }}",
                        "[1, 'a', None, True, 2.0] (1,) () {'k': [1], 2: \"it's\"}"),
                c("{{ true }} {{ False }} {{ None }}", "True False None"));
    }

    private static List<Case> numbers() {
        return List.of(
                c(
                        "{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % -3 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 2 ** 3 ** 2 }} {{ -2 ** 2 }}",
                        "3 -4 -2 2 3.5 1024 0.5 64 4"),
                c(
                        "{{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1/3 }} {{ 100.0 }} {{ 0.1 + 0.2 }}",
                        "3.0 0.5 1e+16 1000000000000000.0 0.0001 1e-05 0.3333333333333333 100.0 0.30000000000000004"),
                c(
                        "{{ 2 ** 100 }} {{ 10 ** 20 // 7 }} {{ true + true }} {{ 3 * 1.0 }} {{ 5 - 7 }}",
                        "1267650600228229401496703205376 14285714285714285714 2 3.0 -2"),
                e("{{ 1 / 0 }}", Kind.USAGE, ""),
                e("{{ 1 // 0.0 }}", Kind.USAGE, ""),
                c(
                        "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }}",
                        "True False True True True True"),
                e("{{ 1 < 'a' }}", Kind.USAGE, "'<' not supported between instances of 'int' and 'str'"));
    }

    private static List<Case> strings() {
        return List.of(
                c(
                        "{{ 'Hello'[1:3] }} {{ 'Hello'[::-1] }} {{ 'Hello'[-2] }} {{ 'a🙂b'[1] }} {{ 'a🙂b'|length }} {{ 'abc'[5:] }}|",
                        "el olleH l 🙂 3 |"),
                c(
                        "{{ ' a b '.strip() }}|{{ ' a b '.lstrip() }}|{{ ' a b '.rstrip() }}|{{ 'xxaxx'.strip('x') }}",
                        "a b|a b | a b|a"),
                c(
                        "{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a b c'.split(' ', 1) }} {{ 'a b c'.rsplit(' ', 1) }} {{ 'a\nb'.splitlines() }}",
                        "['a', 'b', '', 'c'] ['a', 'b'] ['a', 'b c'] ['a b', 'c'] ['a', 'b']"),
                c(
                        "{{ 'ab'.startswith('a') }} {{ 'ab'.endswith(('x', 'b')) }} {{ 'abab'.find('b') }} {{ 'abab'.rfind('b') }} {{ 'abab'.count('ab') }}",
                        "True True 1 3 2"),
                c(
                        "{{ 'heLLo wOrld'.title() }} {{ 'heLLo'.capitalize() }} {{ 'heLLo'.upper() }} {{ 'HE'.lower() }} {{ 'aB'.swapcase() }} {{ 'straße'.upper() }}",
                        "Hello World Hello HELLO he Ab STRASSE"),
                c(
                        "{{ 'a-b-c'.replace('-', '+') }} {{ 'a-b-c'.replace('-', '', 1) }} {{ ','.join(['a', 'b']) }} {{ 'a:b:c'.partition(':') }} {{ 'a:b:c'.rpartition(':') }}",
                        "a+b+c ab-c a,b ('a', ':', 'b:c') ('a:b', ':', 'c')"),
                c(
                        "{{ '7'.zfill(3) }} {{ 'a'.center(5, '*') }} {{ 'a'.ljust(3) }}| {{ 'a'.rjust(3) }} {{ 'x1'.isalnum() }} {{ '12'.isdigit() }} {{ 'ab'.isalpha() }} {{ ' '.isspace() }}",
                        "007 **a** a  |   a True True True True"),
                e("{{ '{} {1}'.format(1, 2) }}", Kind.USAGE, ""),
                c(
                        "{{ '{0:>5}|{1:<4}|{a:^7}|{2:.2f}|{3:,}|{4:#x}'.format('x', 'y', 3.14159, 1234567, 255, a='mid') }}",
                        "    x|y   |  mid  |3.14|1,234,567|0xff"),
                c(
                        "{{ '%s is %d and %.2f, %5s|%-5s|%05d|%x|%r|%%' % ('a', 3.9, 2.5, 'r', 'l', 42, 255, 'q') }}",
                        "a is 3 and 2.50,     r|l    |00042|ff|'q'|%"),
                c(
                        "{{ '%(k)s' % {'k': 1} }} {{ 'abc' * 2 }} {{ 'a' ~ 1 ~ none ~ 2.0 }} {{ 'removeme'.removeprefix('re') }}",
                        "1 abcabc a1None2.0 moveme"),
                e("{{ 'a' + 1 }}", Kind.USAGE, "can only concatenate str (not \"int\") to str"),
                e("{{ 'abc'.index('z') }}", Kind.USAGE, "substring not found"));
    }

    private static List<Case> collections() {
        return List.of(
                c(
                        "{{ [3, 1, 2][1:] }} {{ [3, 1, 2][::-1] }} {{ [1] + [2] }} {{ [0] * 3 }} {{ 2 in [1, 2] }} {{ 'x' not in {'y': 1} }} {{ 'ell' in 'hello' }}",
                        "[1, 2] [2, 1, 3] [1, 2] [0, 0, 0] True True True"),
                c(
                        "{% set d = {'a': 1, 'b': 2} %}{{ d.a }} {{ d['b'] }} {{ d.get('z') }} {{ d.get('z', 5) }} {{ d.keys() }} {{ d.values()|list }} {{ d.items() }} {{ d|length }}",
                        "1 2 None 5 dict_keys(['a', 'b']) [1, 2] dict_items([('a', 1), ('b', 2)]) 2"),
                c("{{ {'a': {'b': [10, 20]}}.a.b[1] }} {{ [[1, 2], [3]][0][-1] }} {{ (1, 2, 3)[1] }}", "20 2 2"),
                c(
                        "{{ range(3)|list }} {{ range(5, 0, -2)|list }} {{ range(3) }} {{ dict(a=1, b=2) }} {{ dict([('x', 1)]) }}",
                        "[0, 1, 2] [5, 3, 1] range(0, 3) {'a': 1, 'b': 2} {'x': 1}"),
                c("{{ range(5, 0, -2)[0::-2] }} {{ range(9)[2:8:3]|list }}", "range(5, 7, 4) [2, 5]"),
                e("{{ [1].append(2) }}", Kind.USAGE, "access to attribute 'append' of 'list' object is unsafe."),
                e("{{ {}.update({}) }}", Kind.USAGE, "access to attribute 'update' of 'dict' object is unsafe."),
                e("{{ range(1000000) }}", Kind.USAGE, ""),
                c("{{ [1, 2].index(2) }} {{ [1, 1].count(1) }} {{ (1, 2).index(1) }}", "1 2 0"),
                c("{{ none[0] }}", ""),
                c("{{ {}[[]] }}|", "|"),
                e("{{ {[]: 1} }}", Kind.USAGE, "unhashable type: 'list'"));
    }

    private static List<Case> undefined() {
        return List.of(
                c(
                        "[{{ nope }}] [{{ nope|default('d') }}] [{{ ''|default('d', true) }}] {{ nope is defined }} {{ messages[9] is undefined }} [{% for x in nope %}x{% endfor %}] {{ nope|length }}",
                        "[] [d] [d] False True [] 0"),
                e("{{ nope.attr }}", Kind.USAGE, "'nope' is undefined"),
                e("{{ nope + 1 }}", Kind.USAGE, "'nope' is undefined"),
                e("{{ nope() }}", Kind.USAGE, "'nope' is undefined"),
                e("{{ messages[0].nope.deeper }}", Kind.USAGE, "'dict object' has no attribute 'nope'"),
                c("{{ none.x }}|", "|"),
                e("{{ none.x.y }}", Kind.USAGE, "'None' has no attribute 'x'"),
                c("{{ 'x' if false }}|", "|"),
                e(
                        "{{ ('x' if false) + 'y' }}",
                        Kind.USAGE,
                        "the inline if-expression on line 1 evaluated to false and no else section was defined."),
                c("{{ nope == nada }} {{ not nope }} {{ [nope] }} {{ nope|string }}|", "True True [Undefined] |"),
                c("{% if nope %}a{% else %}b{% endif %}", "b"),
                e("{{ nope < 1 }}", Kind.USAGE, "'nope' is undefined"),
                e("{{ nope[1:] }}", Kind.USAGE, "'nope' is undefined"),
                c("{{ 'a' in nope }} {{ nope|list }} {{ nope|join(',') }}|", "False [] |"));
    }

    private static List<Case> control() {
        return List.of(
                c(
                        "{% for i in [1, 2, 3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}",
                        "1032TrueFalse3;2121FalseFalse3;3210FalseTrue3;"),
                c(
                        "{% for i in 'ab' %}{{ loop.previtem|default('-') }}{{ i }}{{ loop.nextitem|default('-') }}{{ loop.cycle('x', 'y') }} {% endfor %}",
                        "-abx ab-y "),
                c(
                        "{% for i in [1, 1, 2] %}{{ loop.changed(i) }} {% endfor %}{% for i in [] %}x{% else %}none{% endfor %}",
                        "True False True none"),
                c(
                        "{% for i in range(10) if i is odd %}{{ i }}/{{ loop.length }}{% if loop.index == 3 %}{% break %}{% endif %} {% endfor %}",
                        "1/5 3/5 5/5"),
                c("{% for i in range(5) %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}", "0134"),
                c("{% for i in [1] %}{% continue %}{% else %}else{% endfor %}", "else"),
                c(
                        "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% endfor %}{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
                        "a=1;b=2;123"),
                e("{% for a, b in [1] %}{% endfor %}", Kind.USAGE, "cannot unpack non-iterable int object"),
                e("{% for a, b in [(1, 2, 3)] %}{% endfor %}", Kind.USAGE, "too many values to unpack (expected 2)"),
                c(
                        "{% for i in [[1, [2]], 3] recursive %}{{ loop.depth }}{% if i is number %}:{{ i }} {% else %}({{ loop(i) }}){% endif %}{% endfor %}",
                        "1(2:1 2(3:2 ))1:3 "),
                c("{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}", "231"),
                c(
                        "{% set ns = namespace(x=1) %}{% for i in [1, 2] %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }} {{ ns }}",
                        "4 <Namespace {'x': 4}>"),
                c("{% if 0 %}a{% elif '' %}b{% elif [0] %}c{% else %}d{% endif %}", "c"),
                c(
                        "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c %}in {{ a }}{% endset %}{{ c }}{% set d | upper %}x{% endset %}{{ d }}",
                        "12in 1X"),
                c("{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}", "3False"),
                c("{% filter upper | trim %} abc {% endfilter %}", "ABC"),
                e("{% set x = 1 %}{% set x.y = 2 %}", Kind.USAGE, ""),
                e("{% for x in 5 %}{% endfor %}", Kind.USAGE, "'int' object is not iterable"),
                e("{% for x in none %}{% endfor %}", Kind.USAGE, "'NoneType' object is not iterable"),
                c("{{ 1 if true else 2 }}{{ 1 if false else 2 if false else 3 }}", "13"),
                c("{% print 1, 'a' %}{% block b %}in{% endblock %}", "1ain"),
                c("{% generation %}a{{ 1 }}{% endgeneration %}", "a1"));
    }

    private static List<Case> macros() {
        return List.of(
                c(
                        "{% macro m(a, b='B') %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}{{ m() }}",
                        "[1B][12][43][B]"),
                c("{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "3210"),
                c("{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, k=3) }}", "(1, 2){'k': 3}"),
                c(
                        "{% macro m(x) %}<{{ caller(x) }}>{% endmacro %}{% call(y) m(7) %}got {{ y }}{% endcall %}",
                        "<got 7>"),
                e(
                        "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}",
                        Kind.USAGE, "macro 'm' takes not more than 1 argument(s)"),
                e("{% macro m(a) %}{% endmacro %}{{ m(b=2) }}", Kind.USAGE, "macro 'm' takes no keyword argument 'b'"),
                c(
                        "{% macro m(a) %}{{ a }}{% endmacro %}{{ m.name }} {{ m.arguments }} {{ m }}",
                        "m ('a',) <Macro 'm'>"),
                c(
                        "{% set v = 'out' %}{% macro m() %}{{ v }}{% set v = 'in' %}{{ v }}{% endmacro %}{{ m() }}{{ v }}",
                        "outinout"),
                c("{% macro m(x, y=x) %}{{ y }}{% endmacro %}{{ m(5) }}", "5"),
                c("{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}", "False"));
    }

    private static List<Case> filters() {
        return List.of(
                c(
                        "{{ [3, 1, 2]|sort }} {{ ['b', 'A']|sort }} {{ ['b', 'A']|sort(case_sensitive=true) }} {{ [1, 2]|sort(reverse=true) }} {{ messages|sort(attribute='role')|map(attribute='role')|list }}",
                        "[1, 2, 3] ['A', 'b'] ['A', 'b'] [2, 1] ['assistant', 'system', 'user']"),
                c(
                        "{{ [1, 2, 3]|sum }} {{ [1, 2]|min }} {{ [1, 2]|max }} {{ [1, 2]|first }} {{ [1, 2]|last }} {{ []|first }}|{{ 'abc'|reverse }} {{ [1, 2]|reverse|list }}",
                        "6 1 2 1 2 |cba [2, 1]"),
                c(
                        "{{ ['a', 'b']|join('-') }} {{ [1, none]|join }} {{ messages|join(',', attribute='role') }} {{ {'a': 1}|join }}",
                        "a-b 1None system,user,assistant a"),
                c(
                        "{{ messages|map(attribute='name', default='-')|list }} {{ ['a']|map('upper')|list }} {{ messages|selectattr('name', 'defined')|map(attribute='role')|join }}",
                        "['-', '-', 'bot'] ['A'] assistant"),
                c(
                        "{{ messages|rejectattr('role', 'equalto', 'user')|list|length }} {{ [1, 2, 3]|select('odd')|list }} {{ [0, 1]|select|list }} {{ [1, 2]|reject('eq', 1)|list }}",
                        "2 [1, 3] [1] [2]"),
                c(
                        "{{ ['a', 'A', 'b']|unique|list }} {{ {'b': 1, 'A': 2}|dictsort }} {{ {'b': 1, 'a': 2}|dictsort(by='value') }} {{ {'a': 1}|items|list }}",
                        "['a', 'b'] [('A', 2), ('b', 1)] [('b', 1), ('a', 2)] [('a', 1)]"),
                c(
                        "{{ [1, 2, 3]|batch(2, 0)|list }} {{ [1, 2, 3]|slice(2)|list }} {{ messages|groupby('role')|map(attribute='grouper')|list }}",
                        "[[1, 2], [3, 0]] [[1, 2], [3]] ['assistant', 'system', 'user']"),
                c(
                        "{{ 'a b'|title }} {{ 'ab'|capitalize }} {{ ' x '|trim }}| {{ 'xax'|trim('x') }} {{ 'abc'|replace('b', 'X') }} {{ 'a\n\nb'|indent }} {{ 'a\nb'|indent(2, true) }}",
                        "A B Ab x| a aXc a\n\n    b   a\n  b"),
                c(
                        "{{ 'hello big world'|truncate(9) }} {{ 'hello big world'|truncate(9, true, '…', 0) }} {{ 'a b-c'|wordcount }} {{ 'a'|center(4) }}|",
                        "hello... hello bi… 3  a  |"),
                c(
                        "{{ '42'|int }} {{ 'x'|int }} {{ 'x'|int(7) }} {{ '0x1f'|int(0, 16) }} {{ 3.9|int }} {{ '3.9'|int }} {{ '1.5'|float }} {{ 'x'|float }} {{ 3|float }} {{ -3|abs }}",
                        "42 0 7 31 3 3 1.5 0.0 3.0 3"),
                c(
                        "{{ 2.5|round }} {{ 42.55|round(1, 'floor') }} {{ 42.55|round(1, 'ceil') }} {{ 7|round }} {{ 1234|round(-2) }} {{ 0.125|round(2) }}",
                        "2.0 42.5 42.6 7 1200 0.12"),
                c(
                        "{{ '<a>'|e }} {{ ('<a>'|safe) + '<b>' }} {{ '<a>'|safe ~ '<b>' }} {{ 'a b/é'|urlencode }} {{ {'a b': '1&2'}|urlencode }}",
                        "&lt;a&gt; <a>&lt;b&gt; <a><b> a%20b/%C3%A9 a+b=1%262"),
                c(
                        "{{ 1000000|filesizeformat }} {{ 1024|filesizeformat(true) }} {{ '%s-%s'|format(1, 2) }} {{ [1, 2]|length }} {{ 'abc'|list }} {{ 5|string + '!' }} {{ {'a': 1}|attr('items') is defined }}",
                        "1.0 MB 1.0 KiB 1-2 2 ['a', 'b', 'c'] 5! True"),
                c("{{ {'id': 'x', 'class': none}|xmlattr }}", " id=\"x\""),
                e("{{ [1]|nofilter }}", Kind.FORMAT, ""),
                c("{{ [1]|nofilter if false else 'ok' }}", "ok"),
                c("{% if false %}{{ 1|nofilter }}{% endif %}ok", "ok"),
                e("{{ [1, 'a']|sort }}", Kind.USAGE, "'<' not supported between instances of 'str' and 'int'"),
                e("{{ 5|length }}", Kind.USAGE, "object of type 'int' has no len()"),
                e("{{ 5|join }}", Kind.USAGE, "'int' object is not iterable"),
                c("{{ []|max }}|{{ []|last }}|", "||"));
    }

    private static List<Case> tojson() {
        return List.of(
                c(
                        "{{ messages|tojson }}",
                        "[{\"role\": \"system\", \"content\": \"Be brief.\"}, {\"role\": \"user\", \"content\": \"Olá <b> \\\"x\\\"\\n🙂\"}, {\"role\": \"assistant\", \"content\": \"4\", \"name\": \"bot\"}]"),
                c(
                        "{{ {'b': [1, 2.5, none, true], 'a': {}, 'c': []}|tojson }}",
                        "{\"b\": [1, 2.5, null, true], \"a\": {}, \"c\": []}"),
                c(
                        "{{ {'b': [1, {'x': 'é'}], 'a': {}}|tojson(indent=2) }}",
                        "{\n  \"b\": [\n    1,\n    {\n      \"x\": \"é\"\n    }\n  ],\n  \"a\": {}\n}"),
                c(
                        "{{ {'b': 1, 'a': 2}|tojson(sort_keys=true) }} {{ 'é🙂\\x7f'|tojson(ensure_ascii=true) }} {{ [1, 2]|tojson(separators=(',', ':')) }}",
                        "{\"a\": 2, \"b\": 1} \"\\u00e9\\ud83d\\ude42\\u007f\" [1,2]"),
                c(
                        "{{ '<>&\\'\\u2028'|tojson }} {{ {1: 2, none: 3, true: 4, 1.5: 5}|tojson }} {{ [1]|tojson(indent=0) }} {{ {'a': 1}|tojson(indent='--') }}",
                        "\"<>&'\u2028\" {\"1\": 4, \"null\": 3, \"1.5\": 5} [\n1\n] {\n--\"a\": 1\n}"),
                e("{{ nope|tojson }}", Kind.USAGE, "Object of type Undefined is not JSON serializable"),
                c(
                        "{{ 1e400|tojson }} {{ 1e22|tojson }} {{ (1, 2)|tojson }} {{ range(2)|list|tojson }}",
                        "Infinity 1e+22 [1, 2] [0, 1]"));
    }

    private static List<Case> tests() {
        return List.of(
                c(
                        "{{ 1 is odd }} {{ 2 is even }} {{ 6 is divisibleby 3 }} {{ none is none }} {{ 'a' is string }} {{ 1 is number }} {{ true is number }} {{ 1 is integer }} {{ 1.0 is float }} {{ {} is mapping }}",
                        "True True True True True True True True True True"),
                c(
                        "{{ [] is iterable }} {{ 'a' is sequence }} {{ {} is sequence }} {{ 5 is iterable }} {{ true is boolean }} {{ true is true }} {{ 1 is true }} {{ 0 is false }} {{ 'A' is upper }} {{ 'a' is lower }}",
                        "True True True False True True False False True True"),
                c(
                        "{{ 1 is in [1] }} {{ 1 is eq 1 }} {{ 1 is sameas 1 }} {{ 2 is gt 1 }} {{ 2 is not lt 1 }} {{ 'upper' is filter }} {{ 'odd' is test }} {{ range is callable }} {{ 'a'|safe is escaped }}",
                        "True True True True True True True True True"),
                c(
                        "{{ not 1 is odd }} {{ 1 is odd and 2 is odd }} {{ 1 is not none }} {{ [1]|first is number }} {{ 1 + 1 is even }}",
                        "False False True True 1"),
                e("{{ 'a' is odd }}", Kind.USAGE, "not all arguments converted during string formatting"),
                e("{{ 1 is nosuchtest }}", Kind.FORMAT, ""));
    }

    private static List<Case> helpers() {
        return List.of(
                e("{{ raise_exception('stop ' ~ 1) }}", Kind.USAGE, "stop 1"),
                c(
                        "{{ strftime_now('%Y-%m-%d %d %b %Y %B %d, %Y %H:%M:%S %j %A %a %I %p %y %U %%') }}",
                        "2026-11-23 23 Nov 2026 November 23, 2026 10:30:00 327 Monday Mon 10 AM 26 47 %"),
                c(
                        "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{% set j = joiner('|') %}{{ j() }}{{ j() }}",
                        "abab|"),
                c("{{ lipsum is callable }}", "True"),
                c("{{ namespace({'a': 1}, b=2) }}", "<Namespace {'a': 1, 'b': 2}>"));
    }

    private static List<Case> scopes() {
        return List.of(
                c(
                        "{% for i in [1] %}{{ messages is defined }}{% endfor %}{% set messages = 5 %}{{ messages }}",
                        "False5"),
                c(
                        "{% for i in [1] %}{% for j in [1] %}{{ messages is defined }}{% endfor %}{% set messages = i %}{{ messages }}{% endfor %}{{ messages|length }}",
                        "True13"),
                c(
                        "{{ messages|length }}{% for i in [1] %}{{ messages|length }}{% endfor %}{% set messages = 5 %}",
                        "33"),
                c(
                        "{% if false %}{% set messages = 1 %}{% endif %}{% for i in [1] %}{{ messages|length }}{% endfor %}",
                        "3"),
                c("{% set messages %}{{ messages is defined }}{% endset %}{{ messages }}", "False"),
                c("{% macro messages() %}{{ messages }}{% endmacro %}{{ messages() }}", "<Macro 'messages'>"),
                c(
                        "{% for messages in [1] %}{{ messages }}{% else %}{{ messages|length }}{% endfor %}{{ messages|length }}",
                        "13"),
                c("{% generation %}{% set x = 1 %}{{ x }}{% endgeneration %}{{ x is defined }}", "1False"),
                c(
                        "{% for i in [1] %}{% for j in [2] if loop is defined %}{{ j }}{{ loop.index }}{% endfor %}{% endfor %}",
                        "21"));
    }

    private static List<Case> errors() {
        return List.of(
                e("{% for a, in [[1]] %}{% endfor %}", Kind.FORMAT, ""),
                e("{% set a,= [1] %}", Kind.FORMAT, ""),
                e("{{ namespace(nope) }}", Kind.USAGE, "'nope' is undefined"),
                e("{{ 1 +", Kind.FORMAT, ""),
                e("{% if %}", Kind.FORMAT, ""),
                e("{% endif %}", Kind.FORMAT, ""),
                e("{% for x y %}", Kind.FORMAT, ""),
                e("{{ 'abc }}", Kind.FORMAT, ""),
                e("{{ a b }}", Kind.FORMAT, ""),
                e("{% unknown %}", Kind.FORMAT, ""),
                e("{{ [1, 2 }}", Kind.FORMAT, ""),
                e("{% if true %}", Kind.FORMAT, ""),
                e("{# open", Kind.FORMAT, ""),
                e("{% raw %}x", Kind.FORMAT, ""),
                e("{{ 1 | }}", Kind.FORMAT, ""),
                e("{% set 1 = 2 %}", Kind.FORMAT, ""),
                e("{% set none = 2 %}", Kind.FORMAT, ""),
                e("{% for loop in [1] %}{% endfor %}", Kind.FORMAT, ""),
                e("{% break %}", Kind.FORMAT, ""),
                e("{% macro m(a=1, b) %}{% endmacro %}", Kind.FORMAT, ""),
                e("{{ f(a=1, 2) }}", Kind.FORMAT, ""),
                e("{{ x is string is string }}", Kind.FORMAT, ""),
                e("{{ }}", Kind.FORMAT, ""),
                e("{% include 'a' %}", Kind.UNSUPPORTED, "other templates"),
                e("{% do 1 %}", Kind.FORMAT, ""),
                e("{{ a.1b }}", Kind.FORMAT, ""),
                e("{{ @ }}", Kind.FORMAT, ""));
    }
}
