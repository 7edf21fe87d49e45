# SPDX-License-Identifier: Apache-2.0
"""A SIGINT for a program that catches it, which goes on then."""
import os
import signal
import time
import urllib.request


def once_sent(text=b'"POST"'):
    """It comes as soon as the cloud has got a POST, or a request with another text in it."""
    signal.signal(signal.SIGINT, lambda *_: None)
    main = os.getpid()
    if os.fork() == 0:
        while text not in urllib.request.urlopen(os.environ["API"] + "/_sim/requests").read():
            time.sleep(0.02)
        os.kill(main, signal.SIGINT)
        os._exit(0)
