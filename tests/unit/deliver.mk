# unit tests of deliver
