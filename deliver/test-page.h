/* A test page, made here: it shows that a device prints, and what it is called. */
#ifndef QN_TEST_PAGE_H
#define QN_TEST_PAGE_H

#include "deliver/errand.h"

qn_errand qn_test_page_run;

#endif
