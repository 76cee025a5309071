# unit tests of lib
