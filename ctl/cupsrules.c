#include "config.h"

#include "ctl/cupsrules.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const cups_conf_names[CUPS_CONF_FILES] = { "cupsd.conf", "cups-files.conf" };

const struct cups_rule cups_rules[] = {
    { "CUPS-02", "C1.2", true, CUPSD_CONF, "PreserveJobFiles", RULE_ZERO_NO, "No", "No", "86400",
      "cupsd keeps each document in clear after it handed it over" },
    { "CUPS-03", "C1.1", false, CUPSD_CONF, "PreserveJobHistory", RULE_ZERO_NO, "No", "No", "Yes",
      "cupsd keeps each job's title after it handed it over" },
    { "CUPS-04", "C1.1", false, CUPSD_CONF, "PageLogFormat", RULE_NOT, "job-name", "%p %u %j %T %P %C",
      "%p %u %j %T %P %C %{job-billing} %{job-originating-host-name} %{job-name} %{media} %{sides}",
      "the page log keeps each job's title" },
    { "CUPS-05", "C1.1", false, CUPSD_CONF, "LogDebugHistory", RULE_MOST, "0", "0", "200",
      "an aborted job writes its title into the error log" },
    { "CUPS-05", "C1.1", false, CUPSD_CONF, "LogLevel", RULE_QUIET, "info", "warn", "warn",
      "the error log keeps titles and options" },
    { "CUPS-13", "CC6.6", false, CUPSD_CONF, "WebInterface", RULE_IS, "No", "No", "Yes", "cupsd's own web pages are open" },
    { "CUPS-13", "CC6.6", false, CUPSD_CONF, "Browsing", RULE_IS, "No", "No", "No", "queues are announced on the network" },
    { "CUPS-17", "A1.2", true, CUPSD_CONF, "JobRetryLimit", RULE_MOST, "0", "0", "5",
      "a job is deleted after some attempts while Quoin is away" },
    { "CUPS-17", "A1.2", false, CUPSD_CONF, "JobRetryInterval", RULE_MOST, "60", "10", "300",
      "a job waits long before it is tried again" },
    { "CUPS-21", "A1.2", true, CUPSD_CONF, "DirtyCleanInterval", RULE_MOST, "0", "0", "30",
      "cupsd writes down a new job only after this many seconds: killed before, it forgets it" },
    { "CUPS-18", "A1.1", true, CUPSD_CONF, "MaxJobs", RULE_MOST, "0", "0", "500",
      "jobs above this number are refused while Quoin is away" },
    { "CUPS-19", "A1.2", true, CUPSD_CONF, "ErrorPolicy", RULE_IS, "retry-job", "retry-job", "stop-printer",
      "one failed job stops its queue" },
    { "CUPS-20", "CC6.7", true, CUPS_FILES_CONF, "FileDevice", RULE_IS, "No", "No", "No",
      "a queue may write documents into files" },
    { "CUPS-04", "A1.2", true, CUPS_FILES_CONF, "PageLog", RULE_THERE, "", "/var/log/cups/page_log", "/var/log/cups/page_log",
      "with an empty PageLog cupsd 2.4.2 crashes on the first job" },
    { NULL, NULL, false, CUPSD_CONF, NULL, RULE_IS, NULL, NULL, NULL, NULL },
};

static bool is_no(const char *v)
{
    return strcasecmp(v, "no") == 0 || strcasecmp(v, "off") == 0 || strcasecmp(v, "false") == 0 || strcmp(v, "0") == 0;
}

static bool at_most(const char *v, long most)
{
    char *end;
    long n = strtol(v, &end, 10);

    return end != v && *end == '\0' && n >= 0 && n <= most;
}

bool cups_rule_obeyed(const struct cups_rule *rule, const char *value)
{
    const char *v = value ? value : rule->normal;

    switch (rule->kind) {
    case RULE_IS:
        return strcasecmp(v, rule->want) == 0 || (is_no(rule->want) && is_no(v));
    case RULE_ZERO_NO:
        return is_no(v);
    case RULE_MOST:
        return at_most(v, strtol(rule->want, NULL, 10));
    case RULE_NOT:
        return !strstr(v, rule->want);
    case RULE_QUIET:
        return strcasecmp(v, "debug") != 0 && strcasecmp(v, "debug2") != 0;
    case RULE_THERE:
        return *v != '\0';
    }
    return false;
}
