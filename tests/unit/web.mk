# unit tests of web
