# Written by ports/crates openwrt from ports/libsegw/Cargo.lock. Include it after package.mk.
# EXTSOCK_CRATES are the files in DL_DIR; ports/crates vendor --from makes a folder of them that cargo takes.

EXTSOCK_CRATES:= \
	byteorder-1.5.0.crate \
	hash32-0.3.1.crate \
	heapless-0.9.3.crate \
	log-0.4.35.crate \
	nb-1.1.0.crate \
	proc-macro2-1.0.107.crate \
	quote-1.0.47.crate \
	ryu-1.0.23.crate \
	serde-1.0.229.crate \
	serde-json-core-0.7.0.crate \
	serde_core-1.0.229.crate \
	serde_derive-1.0.229.crate \
	stable_deref_trait-1.2.1.crate \
	syn-3.0.10.crate \
	unicode-ident-1.0.27.crate

define Download/byteorder-1.5.0
  FILE:=byteorder-1.5.0.crate
  URL:=https://static.crates.io/crates/byteorder
  HASH:=1fd0f2584146f6f2ef48085050886acf353beff7305ebd1ae69500e27c67f64b
endef
$(eval $(call Download,byteorder-1.5.0))

define Download/hash32-0.3.1
  FILE:=hash32-0.3.1.crate
  URL:=https://static.crates.io/crates/hash32
  HASH:=47d60b12902ba28e2730cd37e95b8c9223af2808df9e902d4df49588d1470606
endef
$(eval $(call Download,hash32-0.3.1))

define Download/heapless-0.9.3
  FILE:=heapless-0.9.3.crate
  URL:=https://static.crates.io/crates/heapless
  HASH:=25ba4bd83f9415b58b4ed8dc5714c76e626a105be4646c02630ad730ad3b5aa4
endef
$(eval $(call Download,heapless-0.9.3))

define Download/log-0.4.35
  FILE:=log-0.4.35.crate
  URL:=https://static.crates.io/crates/log
  HASH:=5d15f86d12da44cd8d4ec3c73984537eb7f4cadcb9776a575a0a8a05ca11005c
endef
$(eval $(call Download,log-0.4.35))

define Download/nb-1.1.0
  FILE:=nb-1.1.0.crate
  URL:=https://static.crates.io/crates/nb
  HASH:=8d5439c4ad607c3c23abf66de8c8bf57ba8adcd1f129e699851a6e43935d339d
endef
$(eval $(call Download,nb-1.1.0))

define Download/proc-macro2-1.0.107
  FILE:=proc-macro2-1.0.107.crate
  URL:=https://static.crates.io/crates/proc-macro2
  HASH:=985e7ec9bb745e6ce6535b544d84d6cd6f7ad8bd711c398938ae983b91a766d9
endef
$(eval $(call Download,proc-macro2-1.0.107))

define Download/quote-1.0.47
  FILE:=quote-1.0.47.crate
  URL:=https://static.crates.io/crates/quote
  HASH:=1fbf4db142a473a8d80c26bbf18454ed458bf8d26c8219c331daecfdbd079001
endef
$(eval $(call Download,quote-1.0.47))

define Download/ryu-1.0.23
  FILE:=ryu-1.0.23.crate
  URL:=https://static.crates.io/crates/ryu
  HASH:=9774ba4a74de5f7b1c1451ed6cd5285a32eddb5cccb8cc655a4e50009e06477f
endef
$(eval $(call Download,ryu-1.0.23))

define Download/serde-1.0.229
  FILE:=serde-1.0.229.crate
  URL:=https://static.crates.io/crates/serde
  HASH:=4148590afebada386688f18773da617792bf2ef03ffc1e4cbd2b1d45b023e0ba
endef
$(eval $(call Download,serde-1.0.229))

define Download/serde-json-core-0.7.0
  FILE:=serde-json-core-0.7.0.crate
  URL:=https://static.crates.io/crates/serde-json-core
  HASH:=d51e6795fbc00a1b26d78c7a0dbda143215d9dd0ee27c8a63ae0e1ccd6b83706
endef
$(eval $(call Download,serde-json-core-0.7.0))

define Download/serde_core-1.0.229
  FILE:=serde_core-1.0.229.crate
  URL:=https://static.crates.io/crates/serde_core
  HASH:=67dca2c9c51e58a4791a4b1ed58308b39c64224d349a935ab5039aa360942a48
endef
$(eval $(call Download,serde_core-1.0.229))

define Download/serde_derive-1.0.229
  FILE:=serde_derive-1.0.229.crate
  URL:=https://static.crates.io/crates/serde_derive
  HASH:=e7a5d71263a5a7d47b41f6b3f06ba276f10cc18b0931f1799f710578e2309348
endef
$(eval $(call Download,serde_derive-1.0.229))

define Download/stable_deref_trait-1.2.1
  FILE:=stable_deref_trait-1.2.1.crate
  URL:=https://static.crates.io/crates/stable_deref_trait
  HASH:=6ce2be8dc25455e1f91df71bfa12ad37d7af1092ae736f3a6cd0e37bc7810596
endef
$(eval $(call Download,stable_deref_trait-1.2.1))

define Download/syn-3.0.10
  FILE:=syn-3.0.10.crate
  URL:=https://static.crates.io/crates/syn
  HASH:=4ae9ccbea3a7b0b09443036490c8f34a8b1b760fd345e5c0dae0aac718faea79
endef
$(eval $(call Download,syn-3.0.10))

define Download/unicode-ident-1.0.27
  FILE:=unicode-ident-1.0.27.crate
  URL:=https://static.crates.io/crates/unicode-ident
  HASH:=a2c754d6c33795a1c324727428e5a7dedb5b06195f9890bdbcba760d3e246563
endef
$(eval $(call Download,unicode-ident-1.0.27))
