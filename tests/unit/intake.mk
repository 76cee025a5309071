# unit tests of intake
