/* Logging in: badge + PIN, or user name + password. Every failure is counted before the proof is looked at, answered alike, and
 * recorded with its true reason. */
#ifndef QN_AUTH_LOGIN_H
#define QN_AUTH_LOGIN_H

#include "server/dispatch.h"

qn_handler qn_login_badge, qn_login_password;

#endif
