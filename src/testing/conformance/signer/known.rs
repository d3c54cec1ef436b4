//! Signatures that were made elsewhere.

use crate::ports::SignatureAlgorithm;
use crate::values::hex::from_hex;

/// A key, a message, and its signature, the bytes in hexadecimal digits.
pub(super) struct Known {
    pub(super) algorithm: SignatureAlgorithm,
    key: &'static str,
    pub(super) message: &'static [u8],
    signature: &'static str,
}

impl Known {
    pub(super) fn key(&self) -> Vec<u8> {
        from_hex(self.key).unwrap()
    }

    pub(super) fn signature(&self) -> Vec<u8> {
        from_hex(self.signature).unwrap()
    }
}

/// On P-256: RFC 6979, A.2.5, with SHA-256. RSA: two keys of 2048 bits, made and used by OpenSSL; and so those on P-384 and
/// of Ed25519.
pub(super) const KNOWN: [Known; 6] = [
    Known {
        algorithm: SignatureAlgorithm::EcdsaP256Sha256,
        key: concat!(
            "3059301306072a8648ce3d020106082a8648ce3d0301070342000460fed4ba255a9d31c961eb74c6356d68c049b8923b",
            "61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
        ),
        message: b"sample",
        signature: concat!(
            "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c942d657c41",
            "d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        ),
    },
    Known {
        algorithm: SignatureAlgorithm::EcdsaP256Sha256,
        key: concat!(
            "3059301306072a8648ce3d020106082a8648ce3d0301070342000460fed4ba255a9d31c961eb74c6356d68c049b8923b",
            "61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
        ),
        message: b"test",
        signature: concat!(
            "3045022100f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d383670220019f4113742a2b14bd",
            "25926b49c649155f267e60d3814b4c0cc84250e46f0083",
        ),
    },
    Known {
        algorithm: SignatureAlgorithm::RsaPkcs1Sha256,
        key: concat!(
            "30820122300d06092a864886f70d01010105000382010f003082010a0282010100d242f1bc6027524569b252badfaf27",
            "bede4822d01b87c5a73a6e51278e9bed5c0251dfc02b930c0ca4b931f47a635ce85059085b71299d5292f2e2e2063677",
            "a8daadf705d391fb8f67752088e964f509f4e5c1b6909a6177698d9b6fa8888125167f8810d772025999ebad47aed65e",
            "39c9bd0646a5ff132ed9e643ec20341b68bf4518f5f3b736207a4c13f8f039f59a9c0ea3df0e211a5031bb744ddde548",
            "66940b3c413067bab91711f5872ccfdb39bbb1fe7a1871dad5d61d2c6aac310049fcd1e443a1ee5c93a6dd136609438f",
            "44b4253acfe11c98f40ad8fd5d7a3ec6ecfe13bf6f197487c9dc8bb40c197489a7957069dee9590be8619a365c3f1637",
            "c30203010001",
        ),
        message: b"sample",
        signature: concat!(
            "c801741c848d0e5b525fbfa8ce4174cd060799c02c57860964b06a10ee1abe604add6c110f2ce356bb100f5431d5b318",
            "74537edba5f55c3b723b371d663aabecc7cec872d2209f4ba48024732b6eaade333ebd9f954262bfe3fb367bb853a1ec",
            "b57edc0c8e6168471ddd57a3b468969cb42ed6844ede6f4a040d1b76d0547be33b94dce6796d4f8f7df66861aa0205a4",
            "5689cfd3d21c9d115b49f0317bde9cf491899dca07abaa1a2a0776274f77704a1ef952ccbce60297a9083538cb46568b",
            "db05d071d8f95d3998cb480d4c8499c9f48c13a38b9f826354b2c99140d709ece7f00e0e614e28fef8be8aee09ffe79d",
            "7ffe2426a3f5d64522491b87218eed99",
        ),
    },
    Known {
        algorithm: SignatureAlgorithm::RsaPkcs1Sha256,
        key: concat!(
            "30820122300d06092a864886f70d01010105000382010f003082010a0282010100bbae5b76abb91e45219c7fb25e4c2c",
            "2dbba52d253f9b8189b6e27c0d63f8b410973e7fdd9d9a70cfc7ef1cd1181c1a8925536935cb7cf254dbaa40b593f91e",
            "e7d98247649472d160346ed1a8ba2f8b3bded80ab7d5837153ecd9dc94fa6e60d2ae4ef89bd7cbfc24583a2623f0d690",
            "f574c74e0013d37933e267100faa66318e0ccb56f678eb1f6b546a18d6475d2e504af44a8654863e594e87a8f584ff4e",
            "0cfe33d12df82f0f213e932f9601361659c051cdb2aa83a7f18490d4e9ef4363a1d0440ad77b472afb9cb1d84c9fbe5e",
            "b5cca8dba8bb4d579075b8865c35e5ae6828d90c7bd04ea4abc188c48024e5de188b06cb74b7f2948537c94af93ca6a9",
            "b50203010001",
        ),
        message: b"sample",
        signature: concat!(
            "2c8ba7f13be6604a104f202b54d9e1f3b74e39ec12e0ef4668afaf9d1904f1474a00c0c946ec517c8d37b5c8e5c2bb61",
            "d47089e6eae06bf4c50fbcdf9767e577beddfceae43bcede94a36592da257cda496290add08cb0acc3ce9ce7379bd60f",
            "1a18c673d2800e42b3ae203b41101755af27d13e38d9921b8f54b3fb0ec2162c7d9ed4983a753d1a2cdd0bcf97e048ac",
            "0dab9431d84279614fdc5a70f030358d95bac21924b64c159e9fcb3f55c00d967eb99d791956c4c7f19fd45cbbe8a523",
            "0f17962fe44176baeb1a447a1ae0dc199b5da5edb226877c53ba7b26d5ad8f09598e2fb398bd7d2fdcce280caf743190",
            "4002373ac498e274757675a590636660",
        ),
    },
    Known {
        algorithm: SignatureAlgorithm::EcdsaP384Sha384,
        key: concat!(
            "3076301006072a8648ce3d020106052b8104002203620004eebc3f57add6fdcbfe210539d9d56b0033c59b3c3e21ddc0",
            "a969846933acfbfab31a3fc856146924d5f72f7a7e37427183c3cafff6fabc5633802219370073d89f628cd642e828fb",
            "4dd21e9344ddf73edf38bac08861266d90edd9e834c74aae",
        ),
        message: b"sample",
        signature: concat!(
            "3065023100b480267e1e06371fff94de1a2ac5841351b01c4995262e165c6cc6adc44a8e8d4a2b310b4f9cccd5a68fb8",
            "35230690aa02304361c5b8d0fbad5402524cba2e65d51b89d5ad5a4a0b7fbff28644144d360f2713a875e504b80888cb",
            "4332b9d135deb8",
        ),
    },
    Known {
        algorithm: SignatureAlgorithm::Ed25519,
        key: "302a300506032b6570032100bb1d1c8ebbc17871644404a6a0dff85f86b569d2b8e54ae535d597f89a3ab231",
        message: b"sample",
        signature: concat!(
            "256124ac68c1defdfbfc6ab3d93042e2988e7037bed058c6c2733138cae89e862a4d2dfd1f2617d36e98a8c73383e06c",
            "9bd71751e89d0a5a2a18249a2f0c8f04",
        ),
    },
];
