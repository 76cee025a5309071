/* What printers say, in our words. */
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "server/device-words.h"

static json_t *list_of(const char *words)
{
    json_t *list = json_array();
    char copy[256], *rest = copy, *word;

    snprintf(copy, sizeof copy, "%s", words);
    while ((word = strsep(&rest, " ")))
        if (*word)
            json_array_append_new(list, json_string(word));
    return list;
}

static void reason_is_the_one_to_act_on(void **state)
{
    static const struct { const char *reasons; bool accepting; const char *why; } cases[] = {
        { "media-empty-error", true, "paper-empty" },
        { "media-empty", true, "paper-empty" },
        { "media-empty-report", true, "paper-empty" },
        { "media-empty-errors", true, "printer-stopped" },
        { "media-emptyness", true, "printer-stopped" },
        { "toner-low-warning media-jam-error", true, "paper-jam" },
        { "media-empty-error media-jam-error", true, "paper-jam" },
        { "media-empty-error cover-open-error", true, "cover-open" },
        { "media-jam-warning marker-supply-empty-error", true, "toner-empty" },
        { "marker-waste-full-error", true, "waste-full" },
        { "door-open", true, "cover-open" },
        { "output-area-full-error", true, "output-full" },
        { "media-needed-error", true, "paper-needed" },
        { "paused", true, "printer-paused" },
        { "offline-report", true, "printer-off" },
        { "toner-low-warning", true, "printer-stopped" },
        { "toner-low-warning", false, "not-accepting" },
        { "", true, "printer-stopped" },
        { "", false, "not-accepting" },
        { "no-such-thing-error", true, "printer-stopped" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *list = list_of(cases[i].reasons);

        assert_string_equal(qn_device_reason(list, cases[i].accepting), cases[i].why);
        json_decref(list);
    }
    assert_string_equal(qn_device_reason(NULL, true), "printer-stopped");
}

static void warnings_stop_nothing(void **state)
{
    static const struct { const char *said, *status, *why; } cases[] = {
        { "idle", "ready", "" }, { "processing", "busy", "" }, { "stopped", "stopped", "paper-empty" }, { "away", "away", "printer-off" },
        { "certificate", "certificate", "printer-certificate" }, { "error", "unknown", "printer-error" }, { "unknown", "unknown", "" },
        { "", "unknown", "" },
    };
    json_t *list = list_of("toner-low-warning media-empty-error");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(qn_device_status(cases[i].said), cases[i].status);
        assert_string_equal(qn_device_why(cases[i].said, list, true), cases[i].why);
    }
    json_decref(list);
}

static void places_are_near_by_their_words(void **state)
{
    static const struct { const char *a, *b; int common; } cases[] = {
        { "Berlin/3/East", "Berlin/3/East", 3 }, { "Berlin/3/East", "Berlin, 3, east", 3 }, { "Berlin/3/East", "berlin 3 west", 2 },
        { "Berlin, 3rd floor, east", "Berlin/3rd/floor", 3 }, { "Berlin/3", "Berlin/33", 1 }, { "Berlin", "Berlinchen", 0 },
        { "", "", 0 }, { "", "Berlin", 0 }, { "//Berlin//3", ", Berlin ,3", 2 }, { "Paris/Berlin", "Berlin/Paris", 0 },
        { "M\xc3\xbcnchen/1", "M\xc3\xbcnchen/2", 1 }, { "///", "   ", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(qn_location_common(cases[i].a, cases[i].b), cases[i].common);
        assert_int_equal(qn_location_common(cases[i].b, cases[i].a), cases[i].common);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reason_is_the_one_to_act_on),
        cmocka_unit_test(warnings_stop_nothing),
        cmocka_unit_test(places_are_near_by_their_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
