/// The points of a write between which a crash leaves different files behind.
enum WriteStep: Hashable, Sendable {
  /// Before a pack is begun.
  case beginPack
  /// After all objects went to the indexer, before pack and index get their names.
  case finishPack
  /// Pack and index have their names; before they are made durable.
  case synchronisePack
  /// Before the new objects are read back.
  case verifyPack
  /// Before a reference moves.
  case moveReference
  /// The reference has moved; before its folders are made durable.
  case synchroniseReference
  /// Before an old pack, now held twice, is removed.
  case removePack(String)
}
