import Commands

await PraxisCommand.start()
