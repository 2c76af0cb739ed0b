alarms = { loss = { raise = "loss > 50% over 2m"; clear = "loss == 0% over 5m"; }; };
===
alarms = { x = { raise = "jitter >= 1.5ms over 5 probes"; clear = "max < 1s over 1h"; }; };
defaults = { alarms = [ "x", "loss" ]; };
targets = { a = { host = "a.example"; }; };
===
