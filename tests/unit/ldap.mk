# unit tests of ldap
