"""Speed, measured beside PyTorch's: whole networks, single convolutions, and the time to 99 % on MNIST.

cases, networks   what is computed: networks, convolutions, data, first weights
ours, theirs      how each library computes it; `theirs` alone imports PyTorch, when it is called
worker_*          the processes that compute and time; each library has its own, since the threads of one disturb
                  the other's times
alternate         the order of the processes, so that a change of the machine's clock meets both
verify            refuses times of different numbers
nets, layers, accuracy   the three benchmarks: they start workers, verify, and give records
peak, machine     what the processor could do, and which it is
"""
